import Access
import CAMARA
import HTTPTypes
import QualityOnDemand

extension RequestReader {
    /// The device of a request. Either the request or the access token names the device, but not both.
    ///
    /// The reader ignores identifiers of a kind that the platform is not configured for.
    func device(_ named: Device?, _ principal: Principal, _ context: APIRequestContext) throws -> Device? {
        guard let named else { return principal.device }
        try stage?.play(named, context)
        guard principal.device == nil else {
            throw APIError(.unprocessableContent, .unnecessaryIdentifier, "The device is already identified by the access token.")
        }
        guard !named.identifierKinds.allSatisfy(identifiers.contains) else { return named }
        return try supported(named)
    }

    private func supported(_ named: Device) throws -> Device {
        guard let device = try? Device(
            phoneNumber: identifiers.contains(.phoneNumber) ? named.phoneNumber : nil,
            networkAccessIdentifier: identifiers.contains(.networkAccessIdentifier) ? named.networkAccessIdentifier : nil,
            ipv4Address: identifiers.contains(.ipv4Address) ? named.ipv4Address : nil,
            ipv6Address: identifiers.contains(.ipv6Address) ? named.ipv6Address : nil)
        else {
            let allowed = Device.IdentifierKind.allCases.filter(identifiers.contains).map { "\($0)" }.joined(separator: ", ")
            throw APIError(
                .unprocessableContent, .unsupportedIdentifier, "device: no given identifier is of a supported kind; supported are \(allowed).")
        }
        return device
    }
}
