import CAMARA
import QualityOnDemand

/// Reads the notifications that a sink receives, and accepts only notifications with the expected token.
///
///     let event = try NotificationParser.parse(body: body, headers: headers, expectedToken: token)
///
/// The parser is a pure function: it sends nothing and remembers nothing. If the parser returns, answer 204. If the
/// parser throws, answer with the ``NetworkAsCodeError/httpStatus`` of the error.
public enum NotificationParser {
    /// The longest body that is read, in bytes. A notification has a few hundred bytes.
    public static let maximumBodySize = 64 * 1024

    /// Reads the event of a request to the sink.
    ///
    /// - Parameters:
    ///   - body: The body, unchanged.
    ///   - headers: The header fields; the parser checks `Authorization` and `Content-Type`.
    ///   - expectedToken: The token that you gave in ``SinkCredential/accessToken(_:expiresAt:)``. The time of the
    ///     comparison does not depend on the number of correct characters. `nil` accepts every request: use `nil`
    ///     only for a sink that is protected in another way.
    /// - Throws: ``NetworkAsCodeError`` with the status to answer. A missing or wrong token is
    ///   ``NetworkAsCodeError/Kind-swift.struct/unauthorised`` (401), before the body is read. A body that is too long
    ///   or is not a CloudEvent in JSON is ``NetworkAsCodeError/Kind-swift.struct/rejected`` (413, 415). A malformed
    ///   event or an event of another type is ``NetworkAsCodeError/Kind-swift.struct/invalidArgument`` (400).
    public static func parse(
        body: some Collection<UInt8>, headers: HeaderFields, expectedToken: String?
    ) throws(NetworkAsCodeError) -> StatusNotification {
        let xCorrelator = headers[XCorrelator.headerName].flatMap { XCorrelator.isValid($0) ? $0 : nil }
        if let expectedToken { try authorise(headers, expectedToken, xCorrelator) }
        try checkShape(body.count, headers, xCorrelator)
        do {
            let (rest, status, statusInfo) = try words(try JSONNode(parsing: body, unknownProperties: .ignored))
            let event = try QosStatusChangedEvent(rest)
            guard isStatusChange(event.type) else {
                let problem = "\"\(Excerpt.of(event.type))\" is not a known type of event; only \(QosStatusChangedEvent.type) is"
                throw InvalidValue(problem).at("type")
            }
            return StatusNotification(event, status: status, statusInfo: statusInfo)
        } catch {
            throw NetworkAsCodeError(.invalidArgument, httpStatus: 400, message: "\(error)", xCorrelator: xCorrelator)
        }
    }

    /// The words of the event's data, which may differ from the API's words, and the event without these words.
    private static func words(
        _ node: JSONNode
    ) throws(InvalidValue) -> (rest: JSONNode, status: QoDSession.Status, statusInfo: QoDSession.StatusInfo?) {
        guard case .object(var members) = node.value, let index = members.firstIndex(where: { $0.name == "data" }) else {
            return (node, .requested, nil)
        }
        var data = OpenWords(JSONNode(members[index].value, unknownProperties: node.unknownProperties))
        let status: String?
        let statusInfo: String?
        do {
            status = try data.take("qosStatus", standingFor: QoSStatus.requested.rawValue)
            statusInfo = try data.take("statusInfo")
        } catch {
            throw error.at("data")
        }
        members[index] = JSONMember(name: "data", value: data.rest.value)
        return (
            JSONNode(.object(members), unknownProperties: node.unknownProperties), .init(rawValue: status ?? ""),
            statusInfo.map { .init(rawValue: $0) }
        )
    }

    private static func authorise(_ headers: HeaderFields, _ expected: String, _ xCorrelator: String?) throws(NetworkAsCodeError) {
        let given = bearerToken(headers)
        // If the expected token is empty, no token is right: an empty token is a mistake in a configuration.
        guard let given, ConstantTime.areEqual(given.utf8, expected.utf8), !expected.isEmpty else {
            let problem = given == nil ? "a bearer token is needed" : "the token is not the expected token"
            throw NetworkAsCodeError(.unauthorised, httpStatus: 401, message: problem, xCorrelator: xCorrelator)
        }
    }

    private static func bearerToken(_ headers: HeaderFields) -> String? {
        guard let value = headers["Authorization"], value.utf8.count > 7, value.prefix(7).lowercased() == "bearer " else { return nil }
        return value.dropFirst(7).trimmed
    }

    private static func checkShape(_ size: Int, _ headers: HeaderFields, _ xCorrelator: String?) throws(NetworkAsCodeError) {
        guard size <= maximumBodySize else {
            throw NetworkAsCodeError(
                .rejected, code: ErrorCode.payloadTooLarge.description, httpStatus: 413,
                message: "the body has \(size) bytes; at most \(maximumBodySize) are allowed", xCorrelator: xCorrelator)
        }
        let type = headers["Content-Type"]?.prefix { $0 != ";" }.trimmed.lowercased() ?? ""
        guard type == QosStatusChangedEvent.contentType || type == "application/json" else {
            throw NetworkAsCodeError(
                .rejected, code: ErrorCode.unsupportedMediaType.description, httpStatus: 415,
                message: "Content-Type \"\(Excerpt.of(type))\" is not \(QosStatusChangedEvent.contentType)", xCorrelator: xCorrelator)
        }
    }

    /// Earlier versions of the API, and its test definitions, use the name `qod`. The version may
    /// be `v0`, `v1` and so on.
    private static func isStatusChange(_ type: String) -> Bool {
        let parts = type.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 5 && parts[0] == "org" && parts[1] == "camaraproject"
            && (parts[2] == "quality-on-demand" || parts[2] == "qod") && parts[4] == "qos-status-changed"
    }
}

/// Compares in a time that does not depend on the place of the difference, so that nobody can
/// guess a token byte by byte.
enum ConstantTime {
    static func areEqual(_ given: some Collection<UInt8>, _ expected: some Collection<UInt8>) -> Bool {
        let given = Array(given)
        let expected = Array(expected)
        // The time reveals the length of the given token, which its sender knows anyway.
        var difference = given.count ^ expected.count
        for index in given.indices {
            let other = expected.isEmpty ? 0 : expected[index % expected.count]
            difference |= Int(given[index] ^ other)
        }
        return difference == 0
    }
}
