import Foundation
import NetworkAsCode
import Testing

/// Requests to a sink, from a provider or from an unknown sender.
@Suite struct NotificationParserTests {
    private let headers: HeaderFields = ["Content-Type": "application/cloudevents+json", "Authorization": "Bearer sink-token"]

    private func event(
        type: String = "org.camaraproject.quality-on-demand.v1.qos-status-changed", version: String = "1.0",
        data: String = #"{"sessionId":"abc","qosStatus":"UNAVAILABLE","statusInfo":"NETWORK_TERMINATED"}"#
    ) -> String {
        #"{"id":"e-1","source":"https://p.example","type":"\#(type)","specversion":"\#(version)","datacontenttype":"application/json","time":"2026-06-01T12:00:00Z","data":\#(data)}"#
    }

    private func parse(_ body: String, _ headers: HeaderFields? = nil, token: String? = "sink-token") throws(NetworkAsCodeError) -> StatusNotification {
        try NotificationParser.parse(body: Array(body.utf8), headers: headers ?? self.headers, expectedToken: token)
    }

    private func failure(_ body: String, _ headers: HeaderFields? = nil, token: String? = "sink-token") -> NetworkAsCodeError? {
        do {
            _ = try parse(body, headers, token: token)
            return nil
        } catch {
            return error
        }
    }

    @Test("A notification becomes a typed event")
    func good() throws {
        let event = try parse(event())
        #expect(event.id == "e-1" && event.source == "https://p.example" && event.sessionID == "abc")
        #expect(event.status == .unavailable && event.statusInfo == .networkTerminated)
        #expect(event.time == Date(timeIntervalSince1970: 1_780_315_200))
        let available = try parse(self.event(data: #"{"sessionId":"abc","qosStatus":"AVAILABLE","more":1}"#))
        #expect(available.status == .available && available.statusInfo == nil)
    }

    @Test("Header fields may be in any case and the content type may have parameters")
    func headerForms() throws {
        for type in ["application/cloudevents+json; charset=utf-8", "APPLICATION/CLOUDEVENTS+JSON", "application/json"] {
            _ = try parse(event(), ["content-type": type, "AUTHORIZATION": "bearer sink-token"])
        }
    }

    @Test("The type's older names are known, others are not")
    func types() throws {
        _ = try parse(event(type: "org.camaraproject.qod.v1.qos-status-changed"))
        _ = try parse(event(type: "org.camaraproject.qod.v0.qos-status-changed"))
        for type in ["org.camaraproject.quality-on-demand.v1.other", "x.org.camaraproject.quality-on-demand.v1.qos-status-changed", "", "org.camaraproject.geofencing.v1.qos-status-changed"] {
            let error = failure(event(type: type))
            #expect(error?.httpStatus == 400 && error?.message.hasPrefix("type: ") == true, "\(type)")
        }
    }

    @Test(
        "Without the right token nothing gets in, and the answer is 401",
        arguments: [nil, "", "Bearer", "Bearer ", "Bearer  ", "sink-token", "Basic sink-token", "Bearer sink-toke", "Bearer sink-token2", "Bearer SINK-TOKEN", "Bearer xink-token", "Bearer sink-token sink-token", "Bearer sink-tokensink-token"] as [String?])
    func forged(value: String?) {
        var headers = headers
        headers["Authorization"] = value
        for body in [event(), "", "{"] {
            let error = failure(body, headers)
            #expect(error?.kind == .unauthorised && error?.httpStatus == 401)
            #expect(error.map { !"\($0)".contains("sink-token") } == true)
        }
    }

    @Test("An empty expected token lets nobody in")
    func emptyToken() {
        for value in ["Bearer ", "Bearer  ", "Bearer x", ""] {
            #expect(failure(event(), ["Content-Type": "application/json", "Authorization": value], token: "")?.kind == .unauthorised)
        }
    }

    @Test("Where no token is expected, none is needed")
    func noToken() throws {
        #expect(try parse(event(), ["Content-Type": "application/cloudevents+json"], token: nil).id == "e-1")
    }

    @Test("Another content type is 415", arguments: ["", "text/plain", "application/x-www-form-urlencoded", "application/cloudevents-batch+json", "application/jsonx"])
    func contentTypes(type: String) {
        var headers = headers
        headers["Content-Type"] = type.isEmpty ? nil : type
        let error = failure(event(), headers)
        #expect(error?.httpStatus == 415 && error?.kind == .rejected)
    }

    @Test("A body that is too long is 413 and not read")
    func tooLong() {
        let error = failure(event() + String(repeating: " ", count: 64 * 1024))
        #expect(error?.httpStatus == 413)
    }

    @Test("A malformed event is 400 with the path of what is wrong")
    func malformed() {
        let bodies: [(String, String)] = [
            ("", ""), ("{", ""), ("[]", ""), ("null", ""), ("{}", "id: "),
            (event(version: "2.0"), "specversion: "), (event(data: "[]"), "data: "), (event(data: "{}"), "data.sessionId: "),
            (event(data: #"{"sessionId":"a","qosStatus":7}"#), "data.qosStatus: "),
            (event(data: #"{"sessionId":"a","qosStatus":"AVAILABLE","statusInfo":[]}"#), "data.statusInfo: "),
            (event(data: #"{"sessionId":"a"}"#), "data.qosStatus: "),
            (event().replacing("2026-06-01T12:00:00Z", with: "yesterday"), "time: "),
            (event().replacing("e-1", with: String(repeating: "x", count: 257)), "id: "),
            (event() + event(), ""), (event(data: String(repeating: "[", count: 60_000)), ""),
        ]
        for (body, start) in bodies {
            let error = failure(body)
            #expect(error?.kind == .invalidArgument && error?.httpStatus == 400)
            #expect(error?.message.hasPrefix(start) == true, "\(error?.message ?? "")")
        }
    }

    @Test("Random damage never crashes it and never forges an event")
    func fuzz() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            var bytes = Array(event().utf8)
            for _ in 0..<Int.random(in: 1...8) {
                bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            bytes.removeLast(Int.random(in: 0...20))
            let result = try? NotificationParser.parse(body: bytes, headers: headers, expectedToken: "other")
            #expect(result == nil)
            _ = try? NotificationParser.parse(body: bytes, headers: headers, expectedToken: nil)
        }
    }

    @Test("The x-correlator of the request is in the error")
    func correlator() {
        var headers = headers
        headers["x-correlator"] = "c-1"
        #expect(failure("", headers)?.xCorrelator == "c-1")
        headers["x-correlator"] = "not valid \n"
        #expect(failure("", headers)?.xCorrelator == nil)
    }
}
