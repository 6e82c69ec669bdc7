import Foundation
public import QualityOnDemand

/// The name of a lab on the host. All namespaces and folders of the lab contain the name, so that nothing else is
/// mistaken for a part of the lab.
public struct LabName: Hashable, Sendable {
    /// The prefix of the names of the lab's namespaces: `nac-lab`, or `nac-lab-` followed by the lab's own name.
    let prefix: String

    /// The flag that selects this lab on the command line, with a leading space; empty for the standard lab.
    let flag: String

    /// The name of the standard lab.
    public static let standard = LabName()

    private init() {
        prefix = "nac-lab"
        flag = ""
    }

    /// - Parameter name: 1 to 12 lower-case letters and digits.
    public init(_ name: String) throws(InvalidValue) {
        guard (1...12).contains(name.utf8.count), name.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x7a).contains($0) }) else {
            throw InvalidValue("\"\(Excerpt.of(name))\" is not 1 to 12 lower-case letters and digits")
        }
        prefix = "nac-lab-\(name)"
        flag = " --name \(name)"
    }

    /// The text of a `nac lab` command for this lab.
    public func command(_ verb: String) -> String { "nac lab \(verb)\(flag)" }

    /// The network namespace of a place.
    public func namespace(_ place: LabPlace) -> String { "\(prefix)-\(place.name)" }

    /// The place of a namespace; `nil` if the namespace does not belong to this lab.
    public func place(namespace: String) -> LabPlace? {
        guard namespace.hasPrefix(prefix + "-") else { return nil }
        return LabPlace(name: String(namespace.dropFirst(prefix.count + 1)))
    }

    /// The folder of the lab. It contains the record of the lab, and the platform's configuration and database. A
    /// restart of the machine deletes it.
    var folder: String { "/run/\(prefix)" }
    /// The file of the lab's record. The file exists as soon as the lab is complete.
    var recordFile: String { "\(folder)/lab.json" }
    /// The configuration file of `nac serve` in the gateway.
    public var platformFile: String { "\(folder)/nac.yaml" }
}
