/// The reason why a lab cannot be made, used or removed, and the possible remedy.
struct LabError: Error, Hashable, Sendable, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
