/// A batch as an administrator would write it, for `tc -batch` and `nft -f`.
struct BatchText: Hashable, Sendable {
    let classes: String
    /// One transaction.
    let filter: String
    let leftovers: String

    init(_ batch: Batch, _ configuration: LinuxNetworkConfiguration, _ framings: [Direction: Framing] = [:]) {
        classes = batch.classes.map { TrafficControlText.change($0, configuration, framings) }.joined()
        filter = batch.deletions.map(\.deletion).joined() + batch.additions.map(\.addition).joined()
        leftovers = batch.leftovers.map { TrafficControlText.change($0, configuration, framings) }.joined()
    }
}
