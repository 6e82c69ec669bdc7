import Foundation
import HTTPTypes
import QoDServer
import QoDTestSupport
import Testing

/// Checks answers with an independent implementation of JSON Schema: Python's `jsonschema`.
@Suite(
    "The answers, against the schemas",
    .enabled(
        if: Specification.isThere && Validator.isThere,
        "needs python3 with jsonschema and PyYAML, and the specifications in ../shared/specs beside the package"))
struct SchemaValidationTests {
    @Test("sessions in every status are valid")
    func sessions() async throws {
        try await Platform.with(.impatient) { platform in
            var answers: [Validator.Answer] = []
            for (name, value) in Self.bodies {
                let answer = try await platform.caller.create([name: value, "sink": #""https://example.com/hook""#])
                let id = try #require(answer.text("sessionId"), "\(answer.body)")
                answers.append(.init("SessionInfo", answer))
                try await eventually { try await platform.caller.get(id).text("qosStatus") == "AVAILABLE" }
                answers.append(.init("SessionInfo", try await platform.caller.get(id)))
                answers.append(.init("SessionInfo", try await platform.caller.extend(id, by: 60)))
                answers.append(.init("RetrieveSessionsOutput", try await platform.caller.retrieve(Body.device)))
                #expect(try await platform.caller.endFromNetwork(id).status == 204)
                answers.append(.init("SessionInfo", try await platform.caller.get(id)))
                _ = try await platform.caller.delete(id)
            }
            answers.append(.init("SessionInfo", try await platform.caller.create(["device": Body.phone(2000)])))
            answers.append(.init("RetrieveSessionsOutput", try await platform.caller.retrieve(Body.phone(2000))))
            #expect(try await Validator.complaints(about: answers, specification: "quality-on-demand.yaml") == [])
        }
    }

    private static let bodies = [
        ("device", Body.device), ("device", #"{"ipv6Address": "2001:db8:45::1000"}"#),
        ("device", #"{"ipv4Address": {"publicAddress": "233.252.0.1", "privateAddress": "10.45.4.1", "publicPort": 1000}}"#),
        ("device", #"{"networkAccessIdentifier": "device-1000@testcsp.net"}"#),
        ("applicationServer", #"{"ipv4Address": "198.51.100.0/24", "ipv6Address": "2001:db8::/64"}"#),
        ("applicationServer", #"{"ipAddresses": ["198.51.100.1", "2001:db8::1"]}"#),
        ("devicePorts", #"{"ranges": [{"from": 1, "to": 65535}], "ports": [5060]}"#), ("applicationServerPorts", #"{"ports": [443]}"#),
    ]

    @Test("assignments in every status are valid")
    func assignments() async throws {
        try await Platform.with(.impatient) { platform in
            let sink = ["sink": Optional(#""https://example.com/hook""#)]
            var answers: [Validator.Answer] = []
            for device in [1000, 2000] {
                let made = try await platform.caller.send(.post, Path.assignments, Body.assignment(sink.merging(["device": Body.phone(device)]) { $1 }))
                let id = try #require(made.text("assignmentId"), "\(made.body)")
                answers.append(.init("AssignmentInfo", made))
                answers.append(.init("AssignmentInfo", try await platform.caller.send(.get, Path.assignment(id))))
                #expect(try await platform.caller.send(.delete, Path.assignment(id)).status == 204)
                answers.append(.init("AssignmentInfo", try await platform.caller.send(.get, Path.assignment(id))))
            }
            #expect(try await Validator.complaints(about: answers, specification: "qos-provisioning.yaml") == [])
        }
    }

    @Test("the older dialect's answers are valid by Nokia's specification")
    func olderDialect() async throws {
        @Sendable func schema(_ operation: String, _ status: Int) -> String {
            "#/paths/~1qod~1v0~1\(operation)/responses/\(status)/content/application~1json/schema"
        }
        try await Platform.with { platform in
            var answers: [Validator.Answer] = []
            for (name, value) in Self.bodies where !value.contains("ipAddresses") {
                let webhook = #"{"notificationUrl": "https://example.com/hook"}"#
                let made = try await platform.caller.send(.post, "/qod/v0/sessions", Body.create([name: value, "webhook": webhook]))
                let path = "/qod/v0/sessions/\(try #require(made.text("sessionId"), "\(made.body)"))"
                answers.append(.init(schema("sessions/post", 201), made))
                answers.append(.init(schema("sessions~1{sessionId}~1extend/post", 200), try await platform.caller.send(.post, "\(path)/extend", Body.extend(60))))
                answers.append(.init(schema("sessions~1{sessionId}/get", 200), try await platform.caller.send(.get, path)))
            }
            let list = try await platform.caller.send(.post, "/qod/v0/retrieve-sessions", "{\"device\": \(Body.device)}")
            answers.append(.init(schema("retrieve-sessions/post", 200), list))
            let wrong = try await platform.caller.send(.post, "/qod/v0/retrieve-sessions", "{}")
            answers.append(.init(schema("retrieve-sessions/post", 422), wrong))
            answers.append(.init(schema("sessions/post", 400), try await platform.caller.send(.post, "/qod/v0/sessions", "{}")))
            #expect(try await Validator.complaints(about: answers, specification: "../nokia/network-as-code-qod.yaml") == [])
        }
    }

    @Test("profiles are valid")
    func profiles() async throws {
        try await Platform.with { platform in
            let list = try await platform.caller.send(.post, Path.retrieveProfiles, "{}")
            var answers = [Validator.Answer]()
            for profile in list.json?.elements ?? [] {
                let name = try #require(profile["name"]?.text)
                answers.append(.init("QosProfile", try await platform.caller.send(.get, Path.profile(name))))
            }
            #expect(answers.count == 16)
            #expect(try await Validator.complaints(about: answers, specification: "qos-profiles.yaml") == [])
        }
    }

    @Test("each operation's success is what its own response says")
    func successes() async throws {
        try await Platform.with { platform in
            let session = try await platform.session(["device": Body.phone(1001)])
            let assignment = try await platform.assignment(["device": Body.phone(1002)])
            var answers: [String: [Validator.Answer]] = [:]
            // Operations that delete a session or assignment come last, because the other operations need it.
            for operation in Operation.allCases.sorted(by: { !$0.isRemoval && $1.isRemoval }) {
                let isAboutAssignment = operation.specification == "qos-provisioning.yaml"
                let answer = try await platform.caller.send(operation.call(session: isAboutAssignment ? assignment : session))
                #expect(answer.status < 300, "\(operation): \(answer.body)")
                answers[operation.specification, default: []].append(.init(operation, answer))
            }
            for (specification, answers) in answers {
                #expect(try await Validator.complaints(about: answers, specification: specification) == [])
            }
            #expect(answers.values.map(\.count).reduce(0, +) == Operation.allCases.count)
        }
    }

    @Test("errors are what the operation's own response says, its codes included")
    func errors() async throws {
        for (specification, cases) in Dictionary(grouping: ErrorCase.all, by: \.operation.specification) {
            let answers = Box<[Validator.Answer]>()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for error in cases {
                    group.addTask {
                        try await Platform.with(error.setup) { platform in
                            let answer = try await platform.caller.send(try await error.call(platform))
                            answers.update { ($0 ?? []) + [.init(error.operation, answer)] }
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(answers.value?.count == cases.count)
            #expect(try await Validator.complaints(about: answers.value ?? [], specification: specification) == [])
        }
    }

    @Test("what is not valid is found")
    func invalid() async throws {
        let bodies = [
            ("ErrorInfo", #"{"status": 400, "code": "INVALID_ARGUMENT"}"#), ("SessionInfo", #"{"sessionId": 1}"#),
            ("RetrieveSessionsOutput", "{}"), ("createSession 409", #"{"status": 409, "code": "NOT_FOUND", "message": ""}"#),
            ("createSession 409", #"{"status": 400, "code": "CONFLICT", "message": ""}"#), ("createSession 418", "{}"),
            ("deleteSession 204", "{}"), ("getSession 200", ""),
        ]
        for (schema, body) in bodies {
            let answers = [Validator.Answer(schema, body: body)]
            #expect(try await !Validator.complaints(about: answers, specification: "quality-on-demand.yaml").isEmpty, "\(schema)")
        }
    }
}

/// Python's `jsonschema`, if it is installed.
enum Validator {
    struct Answer: Sendable {
        let schema: String
        let body: String

        init(_ schema: String, _ answer: QoDServerTests.Answer) {
            self.init(schema, body: answer.body)
        }

        /// The answer of an operation, with the schema of its status.
        init(_ operation: Operation, _ answer: QoDServerTests.Answer) {
            self.init("\(operation.rawValue) \(answer.status)", answer)
        }

        init(_ schema: String, body: String) {
            self.schema = schema
            self.body = body
        }
    }

    static let isThere = (try? run("import jsonschema, yaml", [], input: ""))?.isEmpty == true

    /// The errors in answers, one in each line.
    ///
    /// Waiting for Python uses a separate thread, because the tests have only two threads and other tests need them.
    static func complaints(about answers: [Answer], specification: String) async throws -> [String] {
        let lines = answers.map { "{\"schema\": \"\($0.schema)\"\($0.body.isEmpty ? "" : ", \"body\": \($0.body)")}" }
        let file = Specification.folder.appending(path: specification).path
        let found = try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try run(script, [file], input: lines.joined(separator: "\n")) }) }
        }
        return found.split(separator: "\n").map(String.init)
    }

    /// OpenAPI 3.0 uses draft 4 of JSON Schema. The script accepts a schema's name, its `#`
    /// path, or an operation and a status.
    private static let script = """
        import sys, json, yaml, jsonschema
        document = yaml.safe_load(open(sys.argv[1]))
        operations = {o["operationId"]: o for p in document["paths"].values() for o in p.values() if isinstance(o, dict) and "operationId" in o}

        def resolved(node):
            if "$ref" not in node: return node
            found = document
            for name in node["$ref"].split("/")[1:]: found = found[name]
            return resolved(found)

        def schema(name):
            if name.startswith("#"): return {"$ref": name}
            if " " not in name: return {"$ref": "#/components/schemas/" + name}
            operation, status = name.split()
            if status not in operations[operation]["responses"]: return False
            content = resolved(operations[operation]["responses"][status]).get("content")
            return content and content["application/json"]["schema"]

        for line in sys.stdin:
            answer = json.loads(line)
            name, found = answer["schema"], schema(answer["schema"])
            if found is False or (found is None) == ("body" in answer):
                print(name, "is not a response" if found is False else "has a body or none against the specification", line.strip())
            elif found:
                whole = {"allOf": [found], "components": document["components"], "paths": document["paths"]}
                for error in jsonschema.Draft4Validator(whole, format_checker=jsonschema.FormatChecker()).iter_errors(answer["body"]):
                    print(name, "/".join(map(str, error.path)), error.message.replace("\\n", " "), json.dumps(answer["body"]))
        """

    private static func run(_ script: String, _ arguments: [String], input: String) throws -> String {
        let folder = URL(filePath: NSTemporaryDirectory())
        let file = folder.appending(path: "nac-answers-\(UUID().uuidString).jsonl")
        try input.write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-W", "ignore", "-c", script] + arguments
        process.standardInput = try FileHandle(forReadingFrom: file)
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: text, as: UTF8.self)
    }
}
