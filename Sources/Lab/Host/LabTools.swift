import Foundation

/// The programs of the machine that a lab needs.
public enum LabTools: String, CaseIterable, Sendable {
    case ip, tc, nft, iperf3, ping, setsid

    /// The Debian package that contains the program.
    var package: String {
        switch self {
        case .ip, .tc: "iproute2"
        case .nft: "nftables"
        case .iperf3: "iperf3"
        case .ping: "iputils-ping"
        case .setsid: "util-linux"
        }
    }

    /// The folders in which distributions keep these programs. The `PATH` of services and of ordinary users often
    /// lacks the last two folders.
    public static let searchPath = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin") + ":/usr/sbin:/sbin"

    /// The path of a program; `nil` if the program is missing.
    public static func find(_ name: String, in path: String = searchPath) -> String? {
        path.split(separator: ":").map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// - Throws: ``LabError`` that names the missing programs and the command that installs them.
    public static func require(_ tools: [LabTools], in path: String = searchPath) throws(LabError) {
        let missing = tools.filter { find($0.rawValue, in: path) == nil }
        guard !missing.isEmpty else { return }
        let packages = Set(missing.map(\.package)).sorted().joined(separator: " ")
        let names = missing.map(\.rawValue).joined(separator: ", ")
        throw LabError("\(names) \(missing.count == 1 ? "is" : "are") missing; on Debian: apt-get install \(packages)")
    }

    /// - Throws: ``LabError`` if this process cannot create network namespaces.
    public static func requireRoot() throws(LabError) {
        #if os(Linux)
            guard geteuid() == 0 else { throw LabError("the lab is made of network namespaces, which need root; run it as root, such as with sudo") }
        #else
            throw LabError("the lab is made of network namespaces, which only Linux has")
        #endif
    }
}
