extension ClientID {
    /// The longest name, in characters.
    public static let longest = 128

    /// Reads a client's name from an operator.
    ///
    /// - Throws: ``InvalidValue`` with the allowed form: 1 to ``longest`` visible ASCII characters
    ///   without `,`, `=` and `:`. These three characters separate a client from its key in settings and
    ///   in HTTP's Basic authentication.
    public init(checking text: String) throws(InvalidValue) {
        let isFine = (1...Self.longest).contains(text.utf8.count)
            && text.utf8.allSatisfy { (0x21...0x7e).contains($0) && !",=:".utf8.contains($0) }
        guard isFine else {
            throw InvalidValue(
                "\"\(Excerpt.of(text))\" is not a client's name; 1 to \(Self.longest) visible ASCII characters without \",\", \"=\" and \":\" are")
        }
        self.init(text)
    }
}
