import Foundation

/// The programs of the machine that a lab is made of.
enum LabTools: String, CaseIterable, Sendable {
    case ip, tc, nft, iperf3, ping, setsid

    /// The Debian package that has it.
    var package: String {
        switch self {
        case .ip, .tc: "iproute2"
        case .nft: "nftables"
        case .iperf3: "iperf3"
        case .ping: "iputils-ping"
        case .setsid: "util-linux"
        }
    }

    /// Where distributions keep them: services, and users who are not root, often search without the last two folders.
    static let searchPath = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin") + ":/usr/sbin:/sbin"

    /// Where it is; `nil` where it is not there.
    static func find(_ name: String, in path: String = searchPath) -> String? {
        path.split(separator: ":").map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// - Throws: what is missing, with how to get it.
    static func require(_ tools: [LabTools], in path: String = searchPath) throws(LabError) {
        let missing = tools.filter { find($0.rawValue, in: path) == nil }
        guard !missing.isEmpty else { return }
        let packages = Set(missing.map(\.package)).sorted().joined(separator: " ")
        let names = missing.map(\.rawValue).joined(separator: ", ")
        throw LabError("\(names) \(missing.count == 1 ? "is" : "are") missing; on Debian: apt-get install \(packages)")
    }

    /// - Throws: where this process may not make network namespaces.
    static func requireRoot() throws(LabError) {
        #if os(Linux)
            guard geteuid() == 0 else { throw LabError("the lab is made of network namespaces, which need root; run it as root, such as with sudo") }
        #else
            throw LabError("the lab is made of network namespaces, which only Linux has")
        #endif
    }
}
