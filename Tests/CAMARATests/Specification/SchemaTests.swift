import CAMARA
import QoDTestSupport
import QualityOnDemand
import Testing

/// Walks a schema and a matching document side by side, breaks each constraint in turn,
/// and expects reading to refuse it.
private struct SchemaWalk {
    let sample: WireSample
    /// Constraints that reading ignores on purpose, as path and keyword.
    let exceptions: Set<String>
    private(set) var constraintsTried = 0
    private(set) var exceptionsMet: Set<String> = []

    init(sample: WireSample, exceptions: Set<String>) {
        self.sample = sample
        self.exceptions = exceptions
    }

    mutating func walk(_ schema: Schema, _ path: Path = []) {
        switch sample.document[path] {
        case .object(let members):
            checkProperties(schema, members, path)
            for member in members {
                guard let child = schema.child(member.name) else { continue }
                walk(child, path + [.property(member.name)])
            }
        case .array(let elements):
            checkCount(schema, elements, path)
            guard let child = schema.child(nil) else { return }
            for index in elements.indices { walk(child, path + [.index(index)]) }
        case .string(let text): checkText(schema, text, path)
        case .integer: checkNumber(schema, path)
        default: break
        }
    }

    private mutating func isExpected(_ keyword: String, _ path: Path) -> Bool {
        let constraint = "\(path.text) \(keyword)"
        if exceptions.contains(constraint) {
            exceptionsMet.insert(constraint)
            return false
        }
        constraintsTried += 1
        return true
    }

    /// - Parameter isAllowed: Whether reading must accept the value here. Errors elsewhere, such as
    ///   an empty range, do not count.
    private func expect(_ value: JSONValue?, at path: Path, isAllowed: Bool, _ keyword: String) {
        let complaint = sample.complaint(about: sample.document.setting(path, to: value))
        let isRefused = complaint?.pathDescription == path.text || complaint?.pathDescription.hasPrefix(path.text + "[") == true
        if isRefused == isAllowed {
            Issue.record("\(sample.type) at \(path.text), \(keyword): \(isAllowed ? "refused" : "accepted"), \(String(describing: complaint))")
        }
    }

    private mutating func checkProperties(_ schema: Schema, _ members: [JSONMember], _ path: Path) {
        let declared = Set(schema.properties.map(\.name))
        for name in schema.required where isExpected("required", path + [.property(name)]) {
            let complaint = sample.complaint(about: sample.document.setting(path + [.property(name)], to: nil))
            #expect(complaint?.description == "\((path + [.property(name)]).text): is required", "\(sample.type)")
        }
        guard isExpected("properties", path) else { return }
        let complaint = sample.complaint(about: sample.document.setting(path + [.property("undeclared")], to: .null))
        let allowed = complaint?.reason.split(separator: "allowed are ").last.map { Set($0.split(separator: ", ").map(String.init)) }
        #expect(allowed == declared, "\(sample.type) at \(path.text)")
    }

    private mutating func checkCount(_ schema: Schema, _ elements: [JSONValue], _ path: Path) {
        if let most = schema.integer("maxItems"), isExpected("maxItems", path) {
            expect(.list(most + 1, of: .null), at: path, isAllowed: false, "maxItems")
        }
        if let least = schema.integer("minItems"), isExpected("minItems", path) {
            expect(.array(Array(elements.prefix(least - 1))), at: path, isAllowed: false, "minItems")
        }
    }

    private mutating func checkNumber(_ schema: Schema, _ path: Path) {
        for (keyword, step) in [("minimum", -1), ("maximum", 1)] {
            guard let limit = schema.integer(keyword), isExpected(keyword, path) else { continue }
            expect(.integer(limit), at: path, isAllowed: true, keyword)
            expect(.integer(limit + step), at: path, isAllowed: false, keyword)
        }
    }

    private mutating func checkText(_ schema: Schema, _ text: String, _ path: Path) {
        if let most = schema.integer("maxLength"), isExpected("maxLength", path) {
            expect(.letters(most + 1), at: path, isAllowed: false, "maxLength")
        }
        if let least = schema.integer("minLength"), isExpected("minLength", path) {
            expect(.letters(least - 1), at: path, isAllowed: false, "minLength")
        }
        if let choices = schema.choices, isExpected("enum", path) {
            for choice in choices { expect(.string(choice), at: path, isAllowed: true, "enum") }
            expect(.string("none of them"), at: path, isAllowed: false, "enum")
        }
        if let pattern = schema.text("pattern"), isExpected("pattern", path) { checkPattern(pattern, schema, text, path) }
    }

    /// Damaged text is accepted only if the pattern allows it.
    private func checkPattern(_ pattern: String, _ schema: Schema, _ text: String, _ path: Path) {
        guard let regex = try? Regex(pattern) else {
            Issue.record("the pattern \(pattern) is not understood")
            return
        }
        for seed in 0..<200 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let damaged = String(decoding: random.mutated(Array(text.utf8), with: Array("0aZ_-./: +\u{7}".utf8)), as: UTF8.self)
            let complaint = sample.complaint(about: sample.document.setting(path, to: .string(damaged)))
            if complaint == nil, damaged.wholeMatch(of: regex) == nil {
                Issue.record("\(sample.type) at \(path.text): \"\(damaged)\" is read, against \(pattern)")
            }
        }
    }
}

@Suite("The schemas of the specification", .enabled(if: Specification.isThere, Specification.whereItIs))
struct SchemaTests {
    private static func walk<Value: WireReadable>(
        _ type: Value.Type, _ document: JSONValue, _ schema: String, of specification: JSONValue?, but exceptions: Set<String> = []
    ) throws -> Int {
        var walk = SchemaWalk(sample: WireSample(type, document), exceptions: exceptions)
        walk.walk(Schema(schema, of: try #require(specification)))
        #expect(walk.exceptionsMet == exceptions)
        return walk.constraintsTried
    }

    /// The server checks the scheme of a sink, because an operator can allow `http`. The properties of a credential
    /// depend on its kind, and the schema names the kind in a discriminator.
    private static let create: Set<String> = [
        "sink pattern", "sinkCredential properties", "sinkCredential.credentialType enum",
    ]

    @Test("CreateSession, with subnets")
    func createSession() throws {
        let tried = try Self.walk(CreateSession.self, Sample.createSession, "CreateSession", of: Specification.qualityOnDemand, but: Self.create)
        #expect(tried > 50)
    }

    @Test("CreateSession, with a list")
    func createSessionWithList() throws {
        let document = Sample.createSession.setting("applicationServer", to: Sample.sessionInfo["applicationServer"])
        let tried = try Self.walk(CreateSession.self, document, "CreateSession", of: Specification.qualityOnDemand, but: Self.create)
        #expect(tried > 50)
    }

    @Test("the two credentials")
    func credentials() throws {
        for (name, sample) in [("AccessTokenCredential", Sample.accessToken), ("PrivateKeyJWTCredential", Sample.privateKeyJWT)] {
            let document = Sample.createSession.setting("sinkCredential", to: sample)
            let exceptions: Set<String> = [
                "sinkCredential.credentialType enum", "sinkCredential.tokenUri pattern", "sinkCredential.jwksUri pattern",
            ]
            var walk = SchemaWalk(sample: WireSample(CreateSession.self, document), exceptions: exceptions)
            walk.walk(Schema(name, of: try #require(Specification.qualityOnDemand)), [.property("sinkCredential")])
            #expect(walk.constraintsTried > 4)
            #expect(walk.exceptionsMet.count == (name == "AccessTokenCredential" ? 1 : 3))
        }
    }

    @Test("SessionInfo, which the SDK reads more leniently than it must be written")
    func sessionInfo() throws {
        let tried = try Self.walk(
            SessionInfo.self, Sample.sessionInfo, "SessionInfo", of: Specification.qualityOnDemand,
            but: ["duration minimum", "sessionId maxLength", "qosProfile pattern", "qosProfile minLength", "sink pattern"])
        #expect(tried > 20)
    }

    @Test("the smaller requests and the error")
    func requests() throws {
        let specification = Specification.qualityOnDemand
        #expect(try Self.walk(ExtendSessionDuration.self, Sample.extend, "ExtendSessionDuration", of: specification) == 4)
        #expect(try Self.walk(RetrieveSessionsInput.self, Sample.retrieve, "RetrieveSessionsInput", of: specification) > 8)
        #expect(try Self.walk(ErrorInfo.self, Sample.error, "ErrorInfo", of: specification, but: ["message maxLength"]) > 5)
    }

    @Test("the event, which the SDK reads more leniently than it must be written")
    func event() throws {
        let tried = try Self.walk(
            QosStatusChangedEvent.self, Sample.event, "EventQosStatusChanged", of: Specification.qualityOnDemand,
            but: ["type enum", "source minLength", "datacontenttype enum", "data.sessionId maxLength"])
        #expect(tried > 10)
    }

    @Test("profiles")
    func profiles() throws {
        let specification = Specification.profiles
        #expect(try Self.walk(QoSProfile.self, Sample.profile, "QosProfile", of: specification) > 50)
        #expect(try Self.walk(QosProfileDeviceRequest.self, Sample.profileRequest, "QosProfileDeviceRequest", of: specification) > 12)
    }

    @Test("the type of the event and the pattern of the x-correlator are the specification's")
    func constants() throws {
        let specification = try #require(Specification.qualityOnDemand)
        #expect(Schema("QosEventType", of: specification).choices == [QosStatusChangedEvent.type])
        #expect(Schema("XCorrelator", of: specification).text("pattern") == "^[a-zA-Z0-9-_:;.\\/<>{}]{0,256}$")
        #expect(Schema("QosStatus", of: specification).choices == QoSStatus.allCases.map(\.rawValue))
        #expect(Schema("StatusInfo", of: specification).choices == StatusInfo.allCases.map(\.rawValue))
    }

    @Test("every example of a session, a request and an event is read the strict way")
    func examples() throws {
        let specification = try #require(Specification.qualityOnDemand)
        guard case .object(let examples) = specification[.path("#/components/examples")] else { return #expect(Bool(false), "no examples") }
        var kinds: [String: Int] = [:]
        for example in examples {
            let value = try #require(example.value["value"])
            let kind = Self.kind(of: example.name)
            kinds[kind, default: 0] += 1
            switch kind {
            case "body": _ = try CreateSession(value)
            case "list": _ = try SessionInfo.list(JSONNode(value, unknownProperties: .rejected))
            case "event": _ = try QosStatusChangedEvent(value)
            default: _ = try SessionInfo(value)
            }
        }
        #expect(kinds == ["body": 4, "session": 8, "list": 3, "event": 1])
    }

    private static func kind(of name: String) -> String {
        if name.contains("CREATION_BODY") { return "body" }
        if name.hasPrefix("RETRIEVE_SESSIONS") { return "list" }
        return name.hasPrefix("QOS_STATUS") ? "event" : "session"
    }
}
