/// One of the commands that make a lab.
struct LabStep: Hashable, Sendable {
    var command: [String]
    /// The standard input of the command.
    var input = ""
}
