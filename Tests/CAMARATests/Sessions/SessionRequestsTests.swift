import CAMARA
import QoDTestSupport
import QualityOnDemand
import Testing

@Suite("The smaller requests")
struct SessionRequestsTests {
    static let extensions: [Limit] = [
        .allows("requestedAdditionalDuration", .integer(1)), .allows("requestedAdditionalDuration", .integer(2_147_483_647)),
        .refuses("requestedAdditionalDuration", nil, "is required"),
        .refuses("requestedAdditionalDuration", .integer(0), "0 is not in 1...2147483647"),
        .refuses("requestedAdditionalDuration", .integer(-1), "-1 is not in 1...2147483647"),
        .refuses("requestedAdditionalDuration", .integer(2_147_483_648), "2147483648 is not in 1...2147483647"),
        .refuses("requestedAdditionalDuration", .number(0.5), "0.5 is not an integer"),
        .refuses("requestedAdditionalDuration", .bool(true), "is a boolean, not an integer"),
        .refuses("duration", .integer(1), "is not a property here; allowed are requestedAdditionalDuration"),
    ]

    @Test("an extension is 1 to 2,147,483,647 seconds", arguments: extensions)
    func extended(limit: Limit) {
        limit.check(in: Sample.extend, as: ExtendSessionDuration.self)
    }

    @Test("an extension is read as it was written", arguments: [1, 1800, 2_147_483_647])
    func extensionRoundTrip(seconds: Int) throws {
        let request = ExtendSessionDuration(requestedAdditionalDuration: seconds)
        #expect(try ExtendSessionDuration(request.document) == request)
        #expect(String(decoding: request.json, as: UTF8.self) == "{\"requestedAdditionalDuration\":\(seconds)}")
    }

    @Test("sessions are asked for by a device, or by none where the access token names it")
    func retrieval() throws {
        #expect(try RetrieveSessionsInput(json: "{}").device == nil)
        #expect(try RetrieveSessionsInput(json: #"{"device": null}"#).device == nil)
        #expect(try RetrieveSessionsInput(Sample.retrieve).device?.identifierKinds.count == 4)
        let error = #expect(throws: InvalidValue.self) { try RetrieveSessionsInput(json: #"{"device": {}}"#) }
        #expect(error?.pathDescription == "device")
        let unknown = #expect(throws: InvalidValue.self) { try RetrieveSessionsInput(json: #"{"phoneNumber": "+12345"}"#) }
        #expect(unknown?.description == "phoneNumber: is not a property here; allowed are device")
        for device in [nil, try Device(Sample.device)] {
            let request = RetrieveSessionsInput(device: device)
            #expect(try RetrieveSessionsInput(request.document) == request)
        }
    }

    @Test("profiles are asked for by device, name and status, each of them optional")
    func profiles() throws {
        let all = try QosProfileDeviceRequest(json: "{}")
        #expect(all == QosProfileDeviceRequest())
        let request = try QosProfileDeviceRequest(Sample.profileRequest)
        #expect(request.name?.description == "QOS_E" && request.status == .active && request.device != nil)
        #expect(try QosProfileDeviceRequest(request.document) == request)
        let status = #expect(throws: InvalidValue.self) { try QosProfileDeviceRequest(json: #"{"status": "active"}"#) }
        #expect(status?.description == "status: \"active\" is not one of ACTIVE, INACTIVE, DEPRECATED")
        let name = #expect(throws: InvalidValue.self) { try QosProfileDeviceRequest(json: #"{"name": "x"}"#) }
        #expect(name?.pathDescription == "name")
    }
}
