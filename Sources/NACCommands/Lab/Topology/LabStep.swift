/// One command of what makes a lab.
struct LabStep: Hashable, Sendable {
    var command: [String]
    /// What it reads on standard input.
    var input = ""
}
