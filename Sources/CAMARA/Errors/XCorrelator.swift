/// The id that follows a request through every system it touches (header `x-correlator`).
public enum XCorrelator {
    /// The header's name.
    public static let headerName = "x-correlator"

    /// Whether the text may stand in the header: at most 256 letters, digits and `-_:;./<>{}`.
    public static func isValid(_ text: some StringProtocol) -> Bool {
        text.utf8.count <= 256 && text.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
            default: "-_:;./<>{}".utf8.contains(byte)
            }
        }
    }
}
