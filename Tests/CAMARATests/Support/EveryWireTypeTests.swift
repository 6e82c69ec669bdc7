import CAMARA
import QualityOnDemand
import Testing

/// Rules for every type of the wire, at every depth.
@Suite("Every type of the wire")
struct EveryWireTypeTests {
    /// Properties that reading accepts and ignores: their values change nothing.
    private static let ignored: Set<String> = ["datacontenttype"]

    @Test("a document with every property is read")
    func complete() throws {
        for sample in Sample.all { #expect(sample.complaint(about: sample.document) == nil, "\(sample.type)") }
    }

    @Test("an unknown property is refused by its path at every depth in strict mode, and ignored in lenient mode")
    func unknownProperties() throws {
        for sample in Sample.all {
            for path in sample.document.paths where sample.document[path]?.isObject == true {
                let place = path + [.property("extra")]
                let changed = sample.document.setting(place, to: .integer(1))
                let complaint = sample.complaint(about: changed)
                let beginning = "\(place.text): is not a property here; allowed are "
                #expect(complaint?.description.hasPrefix(beginning) == true, "\(sample.type) says \(String(describing: complaint))")
                #expect(sample.isSame(changed, sample.document), "\(sample.type) with \(place.text)")
            }
        }
    }

    @Test("null counts as absent: it is read as the same value, or refused with the same words")
    func null() throws {
        for sample in Sample.all {
            for path in sample.document.paths {
                guard case .property = path.last else { continue }
                let (absent, null) = (sample.document.setting(path, to: nil), sample.document.setting(path, to: .null))
                #expect(sample.complaint(about: absent) == sample.complaint(about: null), "\(sample.type) at \(path.text)")
                if sample.complaint(about: absent) == nil { #expect(sample.isSame(absent, null), "\(sample.type) at \(path.text)") }
            }
        }
    }

    @Test("null for an unknown property is an unknown property still")
    func unknownNull() {
        for sample in Sample.all {
            #expect(sample.complaint(about: sample.document.setting("extra", to: .null))?.pathDescription == "extra", "\(sample.type)")
        }
    }

    @Test("null in a list is no item")
    func nullItem() {
        let document = Sample.createSession.setting("devicePorts.ports", to: .array([.integer(1), .null]))
        #expect(CreateSession.complaint(about: document)?.description == "devicePorts.ports[1]: is null, not an integer")
    }

    @Test("a value of the wrong kind is refused by its path", arguments: [JSONValue.bool(true), .number(0.5)])
    func wrongKind(value: JSONValue) throws {
        let kind = value == .bool(true) ? "a boolean" : "a number"
        for sample in Sample.all {
            for path in sample.document.paths where !Self.ignored.contains(path.text) {
                let complaint = try #require(sample.complaint(about: sample.document.setting(path, to: value)), "\(sample.type) at \(path.text)")
                #expect(complaint.pathDescription == path.text)
                let isToldSo = complaint.reason.hasPrefix("is \(kind), not a") || complaint.reason == "0.5 is not an integer"
                #expect(isToldSo, "\(sample.type): \(complaint)")
            }
        }
    }

    @Test("names are told apart by case")
    func caseMatters() {
        let document = JSONValue.text(#"{"RequestedAdditionalDuration": 1}"#)
        #expect(ExtendSessionDuration.complaint(about: document)?.description == "requestedAdditionalDuration: is required")
        #expect(ExtendSessionDuration.complaint(about: document, .ignored)?.description == "requestedAdditionalDuration: is required")
    }

    @Test("the message about an unknown property lists what is allowed")
    func allowed() {
        let complaint = ExtendSessionDuration.complaint(about: Sample.extend.setting("duration", to: .integer(1)))
        #expect(complaint?.description == "duration: is not a property here; allowed are requestedAdditionalDuration")
        let port = CreateSession.complaint(about: Sample.createSession.setting("devicePorts.ranges[0].step", to: .integer(1)))
        #expect(port?.description == "devicePorts.ranges[0].step: is not a property here; allowed are from, to")
    }

    @Test("an empty name and a name of control characters are named as well as can be")
    func oddNames() {
        #expect(ExtendSessionDuration.complaint(about: Sample.extend.setting([.property("")], to: .null)) != nil)
        let odd = ExtendSessionDuration.complaint(about: Sample.extend.setting([.property("a\nb")], to: .null))
        #expect(odd?.pathDescription == "a\u{fffd}b")
    }
}
