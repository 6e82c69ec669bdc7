/// A batch as an administrator would write it, for `tc -batch` and `nft -f`.
struct BatchText: Hashable, Sendable {
    let classes: String
    /// One transaction.
    let filter: String
    let leftovers: String

    init(_ batch: Batch, _ configuration: LinuxNetworkConfiguration, _ framings: [Direction: Framing] = [:]) {
        classes = batch.classes.map { TrafficControlText.change($0, configuration, framings) }.joined()
        filter = Self.lines(batch.deletions, \.deletion) + Self.lines(batch.additions, \.addition)
        leftovers = batch.leftovers.map { TrafficControlText.change($0, configuration, framings) }.joined()
    }

    /// People compare texts, so the elements that lead to a session are sorted by their set and key.
    private static func lines(_ elements: [FilterElement], _ line: (FilterElement) -> String) -> String {
        var (text, traffic): (String, [(place: (String, String), line: String)]) = ("", [])
        func flush() {
            text += traffic.sorted { $0.place < $1.place }.map(\.line).joined()
            traffic = []
        }
        for element in elements {
            if case .traffic = element.content {
                traffic.append(((element.set, element.keyText), line(element)))
            } else {
                flush()
                text += line(element)
            }
        }
        flush()
        return text
    }
}
