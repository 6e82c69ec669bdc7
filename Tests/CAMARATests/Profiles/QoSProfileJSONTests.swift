import CAMARA
import QoDTestSupport
import QualityOnDemand
import Testing

@Suite("Profiles on the wire")
struct QoSProfileJSONTests {
    private static let rate = "bps, kbps, Mbps, Gbps, Tbps"
    private static let time = "Days, Hours, Minutes, Seconds, Milliseconds, Microseconds, Nanoseconds"
    private static let country = "countryAvailability[0]"

    private static let rates = [
        "targetMinUpstreamRate", "maxUpstreamRate", "maxUpstreamBurstRate", "targetMinDownstreamRate", "maxDownstreamRate",
        "maxDownstreamBurstRate",
    ]

    static let numbers: [Limit] = rates
        .flatMap { name in
            [
                .allows(name, nil), .allows("\(name).value", .integer(0)), .allows("\(name).value", .integer(1024)),
                .refuses("\(name).value", .integer(-1), "-1 is not in 0...1024"),
                .refuses("\(name).value", .integer(1025), "1025 is not in 0...1024"),
                .refuses("\(name).unit", .string("mbps"), "\"mbps\" is not one of \(rate)"),
                .refuses("\(name).value", nil, "is required"), .refuses("\(name).unit", nil, "is required"),
            ]
        }

    static let spans: [Limit] = ["minDuration", "maxDuration", "packetDelayBudget", "jitter"].flatMap { name in
        [
            .allows(name, nil), .allows("\(name).value", .integer(1)), .allows("\(name).value", .integer(2_147_483_647)),
            .refuses("\(name).value", .integer(0), "0 is not in 1...2147483647"),
            .refuses("\(name).value", .integer(2_147_483_648), "2147483648 is not in 1...2147483647"),
            .refuses("\(name).unit", .string("Weeks"), "\"Weeks\" is not one of \(time)"),
            .refuses("\(name).value", nil, "is required"), .refuses("\(name).unit", nil, "is required"),
        ]
    }

    static let rest: [Limit] = [
        .refuses("name", nil, "is required"), .refuses("name", .letters(257), "is 257 characters long; at most 256 are allowed"),
        .refuses("status", nil, "is required"), .refuses("status", .string("GONE"), "\"GONE\" is not one of ACTIVE, INACTIVE, DEPRECATED"),
        .allows("description", nil), .allows("description", .letters(1024)), .allows("description", .string("two\nlines\tand é😀")),
        .refuses("description", .letters(1025), "is 1025 characters long; at most 1024 are allowed"),
        .refuses("description", .string("a\u{7}b"), "has control characters; only tabs and line ends are allowed"),
        .refuses("description", .string("a\u{9f}b"), "has control characters; only tabs and line ends are allowed"),
        .allows("priority", .integer(1)), .allows("priority", .integer(100)), .refuses("priority", .integer(0), "0 is not in 1...100"),
        .refuses("priority", .integer(101), "101 is not in 1...100"),
        .allows("packetErrorLossRate", .integer(1)), .allows("packetErrorLossRate", .integer(10)),
        .refuses("packetErrorLossRate", .integer(0), "0 is not in 1...10"),
        .refuses("packetErrorLossRate", .integer(11), "11 is not in 1...10"),
        .refuses("l4sQueueType", .string("l4s"), "\"l4s\" is not one of non-l4s-queue, l4s-queue, mixed-queue"),
        .allows("serviceClass", .string("standard")),
        .allows("countryAvailability", .array([])), .allows("\(country).networks", nil), .allows("\(country).networks", .array([])),
        .refuses("countryAvailability", .list(251, of: .null), "has 251 items; 0 to 250 are allowed"),
        .refuses("\(country).countryName", nil, "is required"),
        .refuses("\(country).countryName", .string("gb"), "\"gb\" is not a country's two letters, such as FI"),
        .refuses("\(country).countryName", .string("G"), "\"G\" is not a country's two letters, such as FI"),
        .refuses("\(country).countryName", .string("GBR"), "is 3 characters long; at most 2 are allowed"),
        .refuses("\(country).networks", .list(101, of: .null), "has 101 items; 0 to 100 are allowed"),
        .refuses("\(country).networks[1]", .string("1234567"), "is 7 characters long; at most 6 are allowed"),
        .refuses("\(country).networks[1]", .string("2341"), "\"2341\" is not a network's 5 or 6 digits, such as 24491"),
        .refuses("\(country).networks[1]", .string("2341x"), "\"2341x\" is not a network's 5 or 6 digits, such as 24491"),
        .refuses("\(country).networks[1]", .integer(23415), "is a number, not a string"),
    ]

    @Test("each property has its limits, and errors say where they were passed", arguments: numbers + spans + rest)
    func limited(limit: Limit) {
        limit.check(in: Sample.profile, as: QoSProfile.self)
    }

    @Test("a class of service that is none is told the nine that are")
    func serviceClasses() {
        let complaint = QoSProfile.complaint(about: Sample.profile.setting("serviceClass", to: .string("voice")))
        #expect(QoSProfile.ServiceClass.allCases.allSatisfy { complaint?.description.contains($0.rawValue) == true })
    }

    @Test("a profile with every property is written as it was read")
    func complete() throws {
        #expect(try QoSProfile(Sample.profile).document == Sample.profile)
    }

    @Test("the profiles that come with the platform are read as they are written")
    func builtIn() throws {
        let bytes = JSONWriter.document { json in json.array(QoSProfile.builtIn) { $1.write(to: &$0) } }
        let read = try QoSProfile.list(JSONNode(parsing: bytes, unknownProperties: .rejected))
        #expect(read == QoSProfile.builtIn)
    }

    @Test("a profile needs no more than a name and a status")
    func least() throws {
        let profile = try QoSProfile(json: #"{"name": "abc", "status": "ACTIVE"}"#)
        #expect(profile == QoSProfile(name: try QoSProfileName("abc")))
        #expect(String(decoding: profile.json, as: UTF8.self) == #"{"name":"abc","status":"ACTIVE"}"#)
    }

    @Test("errors in a list carry the index")
    func list() {
        let document = JSONValue.array([Sample.profile, Sample.profile.setting("priority", to: .integer(0))])
        let error = #expect(throws: InvalidValue.self) { try QoSProfile.list(JSONNode(document, unknownProperties: .rejected)) }
        #expect(error?.description == "[1].priority: 0 is not in 1...100")
    }
}
