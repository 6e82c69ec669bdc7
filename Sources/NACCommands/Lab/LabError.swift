/// What keeps a lab from being made, used or taken away, and what can be done.
struct LabError: Error, Hashable, Sendable, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
