import Foundation
import QualityOnDemand

/// What everything of one lab on the host is called, so that it can be told from everything else.
struct LabName: Hashable, Sendable {
    /// Before the names of its namespaces: `nac-lab`, or `nac-lab-` and its own name.
    let prefix: String

    /// The flag as it would be typed, with a space before it; nothing for the usual lab.
    let flag: String

    static let standard = LabName()

    private init() {
        prefix = "nac-lab"
        flag = ""
    }

    /// - Parameter name: Lower-case letters and digits, 12 at most.
    init(_ name: String) throws(InvalidValue) {
        guard (1...12).contains(name.utf8.count), name.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x7a).contains($0) }) else {
            throw InvalidValue("\"\(Excerpt.of(name))\" is not 1 to 12 lower-case letters and digits")
        }
        prefix = "nac-lab-\(name)"
        flag = " --name \(name)"
    }

    /// A command of the tool for this lab.
    func command(_ verb: String) -> String { "nac lab \(verb)\(flag)" }

    func namespace(_ place: LabPlace) -> String { "\(prefix)-\(place.name)" }

    /// The place that a namespace is; `nil` where it is not of this lab.
    func place(namespace: String) -> LabPlace? {
        guard namespace.hasPrefix(prefix + "-") else { return nil }
        return LabPlace(name: String(namespace.dropFirst(prefix.count + 1)))
    }

    /// This lab's folder: what it is made of, the platform's configuration and database. It does not outlive the machine's run.
    var folder: String { "/run/\(prefix)" }
    /// Is there from when the lab is complete.
    var recordFile: String { "\(folder)/lab.json" }
    /// The configuration with which `nac serve` runs in the gateway.
    var platformFile: String { "\(folder)/nac.yaml" }
}
