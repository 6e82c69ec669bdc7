import CAMARA
import Foundation
import QoDTestSupport
import QualityOnDemand
import Testing

@Suite("createSession")
struct CreateSessionTests {
    private static let name = "is not a profile name: 3 to 256 letters, digits, \"_\", \".\" and \"-\""
    private static let date = "is not a date-time with time zone, such as 2026-06-01T12:00:00Z (RFC 3339)"
    private static let credential = "sinkCredential"

    static let limits: [Limit] = [
        .allows("duration", .integer(1)), .allows("duration", .integer(2_147_483_647)), .allows("duration", .number(60)),
        .refuses("duration", nil, "is required"), .refuses("duration", .integer(0), "0 is not in 1...2147483647"),
        .refuses("duration", .integer(2_147_483_648), "2147483648 is not in 1...2147483647"),
        .refuses("duration", .number(1.5), "1.5 is not an integer"), .refuses("duration", .string("60"), "is a string, not an integer"),
        .allows("qosProfile", .letters(3)), .allows("qosProfile", .letters(256)), .refuses("qosProfile", nil, "is required"),
        .refuses("qosProfile", .string("ab"), "\"ab\" \(name)"),
        .refuses("qosProfile", .letters(257), "is 257 characters long; at most 256 are allowed"),
        .refuses("qosProfile", .string("QOS E"), "\"QOS E\" \(name)"), .refuses("qosProfile", .string(""), "\"\" \(name)"),
        .allows("sink", nil), .allows("sink", .letters(2048)),
        .refuses("sink", .letters(2049), "is 2049 characters long; at most 2048 are allowed"),
        .refuses("sink", .array([]), "is an array, not a string"),
        .allows("device", nil), .refuses("device.ipv4Address.publicPort", .integer(70000), "70000 is not in 1...65535"),
        .refuses(
            "device", .object([]),
            "names no device; at least one of phoneNumber, networkAccessIdentifier, ipv4Address and ipv6Address is needed"),
    ]

    static let accessTokens: [Limit] = [
        .allows(credential, nil), .refuses(credential, .object([]), telling: "sinkCredential.credentialType: is required"),
        .refuses("\(credential).credentialType", .string("PLAIN"), "\"PLAIN\" is not one of ACCESSTOKEN, PRIVATE_KEY_JWT"),
        .refuses("\(credential).credentialType", .string("REFRESHTOKEN"), "\"REFRESHTOKEN\" is not one of ACCESSTOKEN, PRIVATE_KEY_JWT"),
        .refuses("\(credential).credentialType", .string("accesstoken"), "\"accesstoken\" is not one of ACCESSTOKEN, PRIVATE_KEY_JWT"),
        .refuses("\(credential).credentialType", nil, "is required"),
        .allows("\(credential).accessToken", .letters(4096)), .refuses("\(credential).accessToken", nil, "is required"),
        .refuses("\(credential).accessToken", .letters(4097), "is 4097 characters long; at most 4096 are allowed"),
        .refuses("\(credential).accessTokenExpiresUtc", nil, "is required"),
        .refuses("\(credential).accessTokenExpiresUtc", .string("2026-11-22"), date),
        .refuses("\(credential).accessTokenExpiresUtc", .string("2026-11-22T19:30:00"), date),
        .refuses("\(credential).accessTokenExpiresUtc", .string("0000-01-01T00:00:00+00:01"), date),
        .refuses("\(credential).accessTokenExpiresUtc", .letters(65), "is 65 characters long; at most 64 are allowed"),
        .refuses("\(credential).accessTokenExpiresUtc", .integer(1), "is a number, not a string"),
        .refuses("\(credential).accessTokenType", nil, "is required"),
        .refuses("\(credential).accessTokenType", .string("basic"), "is not a supported type of token; only bearer is", .token),
        .refuses("\(credential).accessTokenType", .string("bearer "), "is not a supported type of token; only bearer is", .token),
        .allows("\(credential).accessTokenType", .string("Bearer")), .allows("\(credential).accessTokenType", .string("BEARER")),
        .refuses(
            "\(credential).clientId", .string("client"),
            "is not a property here; allowed are credentialType, accessToken, accessTokenExpiresUtc, accessTokenType"),
    ]

    static let privateKeys: [Limit] = [
        .allows("\(credential).clientId", nil), .allows("\(credential).tokenUri", nil), .allows("\(credential).jwksUri", nil),
        .allows("\(credential).clientId", .letters(128)),
        .refuses("\(credential).clientId", .letters(129), "is 129 characters long; at most 128 are allowed"),
        .allows("\(credential).tokenUri", .letters(2048)),
        .refuses("\(credential).tokenUri", .letters(2049), "is 2049 characters long; at most 2048 are allowed"),
        .refuses("\(credential).jwksUri", .letters(2049), "is 2049 characters long; at most 2048 are allowed"),
        .refuses(
            "\(credential).accessToken", .string("s3cret"), "is not a property here; allowed are credentialType, clientId, tokenUri, jwksUri"),
    ]

    @Test("each property has its limits, and errors say where they were passed", arguments: limits)
    func limited(limit: Limit) {
        limit.check(in: Sample.createSession, as: CreateSession.self)
    }

    @Test("an access token comes with its type and its end", arguments: accessTokens)
    func tokenLimited(limit: Limit) {
        limit.check(in: Sample.createSession, as: CreateSession.self)
    }

    @Test("a private key JWT is agreed on beforehand, so nothing of it is required", arguments: privateKeys)
    func keyLimited(limit: Limit) {
        limit.check(in: Sample.createSession.setting(Self.credential, to: Sample.privateKeyJWT), as: CreateSession.self)
    }

    @Test("everything that is given is read")
    func complete() throws {
        let session = try CreateSession(Sample.createSession)
        #expect(session.device?.identifierKinds == Device.IdentifierKind.allCases)
        #expect(session.flow.applicationServer.ipv4Address == "198.51.100.0/24")
        #expect(session.flow.applicationServer.ipv6Address == "2001:db8::/64")
        #expect(session.flow.devicePorts == (try PortsSpec(ranges: [PortRange(first: 5010, last: 5020)], ports: [5060, 5070])))
        #expect(session.flow.applicationServerPorts?.ports == [8080])
        #expect(session.qosProfile.description == "QOS_E")
        #expect(session.duration == 3600)
        #expect(session.sink == "https://sink.example/events")
        #expect(session.sinkCredential == .accessToken("s3cret", expiresAt: try Timestamp(rfc3339: "2026-11-22T19:30:00.250Z")))
    }

    @Test("a session is written as it was read, with every property where it was")
    func written() throws {
        #expect(Self.sorted(try CreateSession(Sample.createSession).document) == Self.sorted(Sample.createSession))
        // Properties that only the provider writes (jwksUri, readOnly) are not repeated.
        let withKey = Sample.createSession.setting(Self.credential, to: Sample.privateKeyJWT)
        #expect(Self.sorted(try CreateSession(withKey).document) == Self.sorted(withKey.setting("sinkCredential.jwksUri", to: nil)))
    }

    private static func sorted(_ value: JSONValue) -> JSONValue {
        switch value {
        case .array(let elements): .array(elements.map(sorted))
        case .object(let members):
            .object(members.map { JSONMember(name: $0.name, value: sorted($0.value)) }.sorted { $0.name < $1.name })
        default: value
        }
    }

    @Test("random sessions are read as they were written, by us and by Foundation")
    func roundTrip() throws {
        for seed in 0..<1_000 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let session = try random.createSession()
            if try CreateSession(session.document) != session { Issue.record("seed \(seed): \(session)") }
            let isSame = SystemJSON.agrees(SystemJSON.parse(session.json), try session.document)
            if !isSame { Issue.record("seed \(seed): Foundation reads it otherwise") }
        }
    }

    @Test("a sink's token is in no text about the request")
    func redacted() throws {
        let session = try CreateSession(Sample.createSession)
        var dumped = ""
        dump(session, to: &dumped)
        for text in ["\(session)", String(reflecting: session), dumped, "\(session.sinkCredential!)", String(reflecting: session.sinkCredential)] {
            #expect(!text.contains("s3cret"))
            #expect(text.contains("redacted"))
        }
    }

    @Test("no error repeats a token")
    func errorsWithoutToken() throws {
        let token = JSONValue.string(String(repeating: "s3cret", count: 700))
        for path in ["sinkCredential.accessToken", "sinkCredential.extra", "sinkCredential.refreshToken"] {
            let complaint = try #require(CreateSession.complaint(about: Sample.createSession.setting(path, to: token)))
            #expect(!complaint.description.contains("s3cret"))
        }
    }
}

extension SeededGenerator {
    fileprivate mutating func createSession() throws -> CreateSession {
        let credentials: [SinkCredentialInput?] = [
            nil, .accessToken(jsonString(), expiresAt: timestamp()),
            .privateKeyJWT(clientID: oneIn(2) ? jsonString() : nil, tokenURI: oneIn(2) ? jsonString() : nil),
        ]
        return CreateSession(
            device: oneIn(4) ? nil : device(), flow: flow(), qosProfile: try QoSProfileName(text(int(in: 3...20), of: "abcXYZ019_.-")),
            duration: int(in: 1...2_147_483_647), sink: oneIn(2) ? nil : jsonString(), sinkCredential: pick(credentials))
    }
}
