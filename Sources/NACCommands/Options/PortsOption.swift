import NetworkAsCode
import QualityOnDemand

/// Ports as users type them: `80-443,8080`.
enum PortsOption {
    static func read(_ text: String) throws(InvalidValue) -> NetworkAsCode.PortsSpec {
        var spec = NetworkAsCode.PortsSpec()
        for piece in text.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = piece.split(separator: "-", omittingEmptySubsequences: false)
            let ports = try ends.map { end throws(InvalidValue) in try port(end, in: text) }
            guard ports.count <= 2 else { throw malformed(text) }
            if ports.count == 1 {
                spec.ports.append(ports[0])
            } else if ports[0] <= ports[1] {
                spec.ranges.append(PortRange(start: ports[0], end: ports[1]))
            } else {
                throw InvalidValue("\(piece) is empty; the smaller port comes first")
            }
        }
        return spec
    }

    /// The ports as a user would type them.
    static func text(_ spec: NetworkAsCode.PortsSpec) -> String {
        (spec.ranges.map { "\($0.start)-\($0.end)" } + spec.ports.map { "\($0)" }).joined(separator: ",")
    }

    private static func port(_ text: Substring, in whole: String) throws(InvalidValue) -> Int {
        guard !text.isEmpty, text.allSatisfy({ ("0"..."9").contains($0) }) else { throw malformed(whole) }
        guard let port = UInt16(text), port > 0 else { throw InvalidValue("\(Excerpt.of(text)) is not in 1...65535") }
        return Int(port)
    }

    private static func malformed(_ text: String) -> InvalidValue {
        InvalidValue("\"\(Excerpt.of(text))\" is not a list of ports such as 80-443,8080")
    }
}
