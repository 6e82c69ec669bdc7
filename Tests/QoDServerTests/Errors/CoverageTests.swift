import Foundation
import Testing
import Yams

/// Errors that the specifications list, but that no request can cause, with the reason.
private let absent: [(reason: String, keys: [ErrorKey])] = [
    (
        "only what creates sessions can pass the number that is allowed",
        Operation.allCases.filter { $0 != .createSession }.map { ErrorKey(operation: $0.rawValue, status: 429, code: "QUOTA_EXCEEDED") }
    ),
    (
        "what the path names is always there; what the body names has codes of its own",
        Operation.allCases.filter { $0.takesDevice && $0 != .getQosAssignmentByDevice }.map {
            ErrorKey(operation: $0.rawValue, status: 404, code: "NOT_FOUND")
        }
    ),
    (
        "a number outside the schema is INVALID_ARGUMENT, but for the ports of a flow",
        [
            "extendQosSessionDuration", "retrieveSessionsByDevice", "retrieveQoSProfiles", "getQosProfile", "createQosAssignment",
            "getQosAssignmentById", "getQosAssignmentByDevice", "revokeQosAssignment",
        ].map {
            ErrorKey(operation: $0, status: 400, code: "OUT_OF_RANGE")
        }
    ),
    (
        "an extension beyond the longest duration is capped",
        [ErrorKey(operation: "extendQosSessionDuration", status: 400, code: "QUALITY_ON_DEMAND.DURATION_OUT_OF_RANGE")]
    ),
]

/// Scenarios without a test, with the reason.
private let absentScenarios: [(reason: String, scenarios: [String])] = [
    ("a revocation is done when it is answered", ["02_delete_existing_qos_assignment_async", "04_event_notification_async"].map {
        "qos_provisioning_revokeQosAssignment_\($0)"
    }),
    ("C01.07 expects 422 for the same request, as the YAML has it", ["qos_profiles_retrieveQoSProfiles_06_device_qos_profiles_not_found"]),
]

private let scenarioTable = ProcessInfo.processInfo.environment["NAC_SCENARIOS"]

@Suite(
    "The table of errors, against the specifications",
    .enabled(if: Specification.isThere, "needs the specifications in ../shared/specs beside the package"))
struct CoverageTests {
    @Test("every operation, status and code that is listed has a test, or a reason why it cannot occur")
    func errors() throws {
        let listed = try Specification.errors()
        #expect(listed.count > 60)
        let tested = Set(ErrorCase.all.map(\.key))
        let explained = Set(absent.flatMap(\.keys))
        #expect(listed.subtracting(tested).subtracting(explained).isEmpty)
        #expect(tested.subtracting(listed).isEmpty, "answered, but not listed")
        #expect(explained.subtracting(listed).isEmpty, "explained, but not listed")
        #expect(explained.intersection(tested).isEmpty, "explained, but it occurs")
    }

    @Test("every scenario of the .feature files has a test that carries its tag, or a reason why it has none")
    func scenarios() throws {
        let known = try Specification.scenarios()
        #expect(known.count == 189)
        let tested = Set(ErrorCase.all.compactMap(\.scenario)).union(try Specification.tagsOfTests())
        let explained = Set(absentScenarios.flatMap(\.scenarios))
        #expect(known.subtracting(tested).subtracting(explained).isEmpty)
        #expect(tested.union(explained).subtracting(known).isEmpty, "there is no such scenario")
        #expect(explained.intersection(tested).isEmpty, "explained, but tested")
    }

    @Test("how each scenario is tested is written where NAC_SCENARIOS says", .enabled(if: scenarioTable != nil, "for scripts/scenarios"))
    func table() throws {
        let named = try Specification.tagsOfTests()
        let inTable = Set(ErrorCase.all.compactMap(\.scenario))
        let reasons = Dictionary(absentScenarios.flatMap { entry in entry.scenarios.map { ($0, entry.reason) } }, uniquingKeysWith: { $1 })
        let lines = try Specification.scenarios().sorted().map { tag in
            "\(tag)\t\(named.contains(tag) ? "named" : inTable.contains(tag) ? "table" : "untested")\t\(reasons[tag] ?? "")"
        }
        try (lines.joined(separator: "\n") + "\n").write(toFile: try #require(scenarioTable), atomically: true, encoding: .utf8)
    }
}

/// The specifications, if their files are beside the package.
enum Specification {
    static let folder = URL(filePath: #filePath).appending(path: "../../../../../shared/specs/camara").standardized
    static let isThere = FileManager.default.fileExists(atPath: folder.appending(path: "quality-on-demand.yaml").path)

    /// The errors in the operations' responses.
    static func errors() throws -> Set<ErrorKey> {
        var keys: Set<ErrorKey> = []
        for file in ["quality-on-demand.yaml", "qos-profiles.yaml", "qos-provisioning.yaml"] {
            let document = try #require(try compose(yaml: String(contentsOf: folder.appending(path: file), encoding: .utf8)))
            for (_, path) in try #require(document["paths"]?.mapping) {
                for (_, operation) in path.mapping ?? [:] {
                    guard let name = operation["operationId"]?.string, let responses = operation["responses"]?.mapping else { continue }
                    for (status, response) in responses {
                        let codes = codes(resolved(response, in: document))
                        keys.formUnion(codes.compactMap { code in
                            status.string.flatMap { Int($0) }.map { ErrorKey(operation: name, status: $0, code: code) }
                        })
                    }
                }
            }
        }
        return keys
    }

    /// The codes of one response, which are in one part of its schema.
    private static func codes(_ response: Node) -> [String] {
        let parts = response["content"]?["application/json"]?["schema"]?["allOf"]?.sequence ?? []
        return parts.flatMap { part in
            (part["properties"]?["code"]?["enum"]?.sequence ?? []).compactMap(\.string)
        }
    }

    private static func resolved(_ node: Node, in document: Node) -> Node {
        guard let reference = node["$ref"]?.string else { return node }
        var found = document
        for name in reference.split(separator: "/").dropFirst() { found = found[String(name)] ?? [:] }
        return resolved(found, in: document)
    }

    /// The tags in the names of these tests.
    static func tagsOfTests() throws -> Set<String> {
        let tests = URL(filePath: #filePath).appending(path: "../..").standardized
        var tags: Set<String> = []
        for file in try FileManager.default.subpathsOfDirectory(atPath: tests.path) where file.hasSuffix("Tests.swift") {
            let text = try String(contentsOf: tests.appending(path: file), encoding: .utf8)
            for match in text.matches(of: /@Test\("[^"]*\[((?:quality_on_demand|qos_profiles|qos_provisioning)_[^"\]]+)\]"/) { tags.insert(String(match.1)) }
        }
        return tags
    }

    /// The tags of all scenarios of the three APIs.
    static func scenarios() throws -> Set<String> {
        var tags: Set<String> = []
        for file in try FileManager.default.contentsOfDirectory(atPath: folder.path)
        where file.hasSuffix(".feature") {
            let text = try String(contentsOf: folder.appending(path: file), encoding: .utf8)
            let words = text.split(whereSeparator: \.isWhitespace).filter { $0.hasPrefix("@") }
            tags.formUnion(words.map { String($0.dropFirst()) })
        }
        return tags
    }
}
