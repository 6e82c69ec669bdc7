import Access
import Foundation
import QoDServer
public import QualityOnDemand
import SandboxAuthorization

/// The settings of the sandbox's own authorization server.
public struct SandboxSettings: Hashable, Sendable {
    /// The base URL of the authorization server, if it differs from the address that the platform listens on.
    public var issuer: String?
    /// Seconds until the authorization server approves a request in a subscriber's place.
    public var approvalDelay = 0
    /// Files with clients' public keys, by client.
    public var clientKeys: [ClientKeyFile] = []

    public init() {}

    /// A client and the file with its public keys, a JWK Set.
    public struct ClientKeyFile: Hashable, Sendable {
        public var client: String
        public var file: String
    }
}

extension PlatformSettings {
    /// The authorization server of a sandbox that is open to anybody; otherwise `nil`. Its clients are the sandbox's
    /// clients, and everybody knows their secrets.
    func authorizationServer(testDevices: [SandboxDevice]?) async throws(SettingError) -> AuthorizationServer? {
        guard isOpenToAnybody, let testDevices else { return nil }
        var configuration = AuthorizationServer.Configuration()
        configuration.issuer = sandbox.issuer
        configuration.approvalDelay = sandbox.approvalDelay
        return await AuthorizationServer(
            configuration: configuration, clients: try await oauthClients(), phoneNumbers: testDevices.map(\.phoneNumber) + Sandbox.answerPhoneNumbers,
            addresses: Self.addresses(of: testDevices))
    }

    /// The devices' phone numbers by the addresses that a service sees: the IPv6 address, and the public IPv4 address
    /// with its port. The private IPv4 address is a key too, for a service inside the network.
    private static func addresses(of devices: [SandboxDevice]) -> [String: String] {
        var numbers: [String: String] = [:]
        for device in devices {
            numbers["\(device.publicIPv4Address):\(device.publicPort)"] = device.phoneNumber
            numbers[device.privateIPv4Address] = device.phoneNumber
            numbers[device.ipv6Address] = device.phoneNumber
        }
        return numbers
    }

    /// The sandbox's clients, and the clients that have a public key only.
    private func oauthClients() async throws(SettingError) -> [OAuthClient] {
        let secrets = Dictionary(Self.sandboxKeys.map { ($0.client, $0.key) }, uniquingKeysWith: { first, _ in first })
        let files = Dictionary(sandbox.clientKeys.map { ($0.client, $0.file) }, uniquingKeysWith: { first, _ in first })
        var clients: [OAuthClient] = []
        for name in Set(secrets.keys).union(files.keys).sorted() {
            clients.append(try await Self.oauthClient(name, secret: secrets[name], file: files[name]))
        }
        return clients
    }

    private static func oauthClient(_ name: String, secret: String?, file: String?) async throws(SettingError) -> OAuthClient {
        do throws(InvalidValue) {
            guard let file else { return try await OAuthClient(id: ClientID(name), secret: secret) }
            guard let data = FileManager.default.contents(atPath: file) else { throw InvalidValue("cannot be read; is it there?") }
            guard let text = try? TextFile.text(Array(data)) else { throw InvalidValue("is not text in UTF-8") }
            return try await OAuthClient(id: ClientID(name), secret: secret, publicKeys: text)
        } catch {
            throw SettingError("sandbox.clientKeys: \(file ?? name): \(error)")
        }
    }
}

extension SandboxSettings: Confidential {}
