import CBuild
import QoDServer

extension BuildInformation {
    /// The build of this program.
    static let current = BuildInformation(commit: known(nac_build_commit()), date: known(nac_build_date()))

    private static func known(_ text: UnsafePointer<CChar>?) -> String? {
        text.map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
}
