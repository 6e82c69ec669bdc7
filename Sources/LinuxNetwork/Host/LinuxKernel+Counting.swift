import QualityOnDemand
import Southbound

/// Counts the packets of single devices. `nft` does this, because only a few devices are counted, and seldom.
extension LinuxKernel {
    func count(_ devices: Set<IPSubnet>, insteadOf former: Set<IPSubnet>) throws(NetworkError) {
        let text = FilterText.count(devices, insteadOf: former)
        guard !text.isEmpty else { return }
        try nft.run(["nft", "-f", "-"], input: FilterText.renamed(text, configuration))
    }

    func sent(by devices: Set<IPSubnet>) throws(NetworkError) -> [IPSubnet: Int] {
        var counts: [IPSubnet: Int] = [:]
        for set in FilterText.countingSets(of: devices) {
            let listing = try nft.run(["nft", "list", "set", "inet", configuration.tableName, set])
            counts.merge(FilterText.counted(String(decoding: listing, as: UTF8.self), set)) { $1 }
        }
        return counts.filter { devices.contains($0.key) }
    }
}
