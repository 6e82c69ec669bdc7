import CAMARA
import QualityOnDemand

/// Reads the notifications that come to a sink, and lets in only those that know the token.
///
///     let event = try NotificationParser.parse(body: body, headers: headers, expectedToken: token)
///
/// It is a pure function: it sends nothing and remembers nothing. Answer 204 where it returns, and
/// ``NetworkAsCodeError/httpStatus`` of the error where it throws.
public enum NotificationParser {
    /// Longer bodies are not read. A notification has some hundred bytes.
    public static let maximumBodySize = 64 * 1024

    /// The event of a request to the sink.
    ///
    /// - Parameters:
    ///   - body: The body, as it came.
    ///   - headers: The header fields; `Authorization` and `Content-Type` are looked at.
    ///   - expectedToken: The token given in ``SinkCredential/accessToken(_:expiresAt:)``; compared in a time that does
    ///     not depend on how much of it is right. `nil` lets anybody in: only for sinks that are guarded otherwise.
    /// - Throws: ``NetworkAsCodeError`` with the status to answer:
    ///   ``NetworkAsCodeError/Kind-swift.struct/unauthorised`` (401) where the token is missing or another, before the
    ///   body is looked at; ``NetworkAsCodeError/Kind-swift.struct/rejected`` (413, 415) where the body is too long or
    ///   no CloudEvent in JSON; ``NetworkAsCodeError/Kind-swift.struct/invalidArgument`` (400) where it is malformed or
    ///   of another type.
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
                let problem = "\"\(Excerpt.of(event.type))\" is not an event that is known; \(QosStatusChangedEvent.type) is"
                throw InvalidValue(problem).at("type")
            }
            return StatusNotification(event, status: status, statusInfo: statusInfo)
        } catch {
            throw NetworkAsCodeError(.invalidArgument, httpStatus: 400, message: "\(error)", xCorrelator: xCorrelator)
        }
    }

    /// The words of the event's data, which may be others than the API's, and the event without them.
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
        // No token is ever right where none is expected: an empty one is a mistake in a configuration.
        guard let given, ConstantTime.areEqual(given.utf8, expected.utf8), !expected.isEmpty else {
            let problem = given == nil ? "a bearer token is needed" : "the token is not the one expected"
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

    /// Earlier versions of the API, and its test definitions, call it `qod`; versions may be `v0`, `v1` and so on.
    private static func isStatusChange(_ type: String) -> Bool {
        let parts = type.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 5 && parts[0] == "org" && parts[1] == "camaraproject"
            && (parts[2] == "quality-on-demand" || parts[2] == "qod") && parts[4] == "qos-status-changed"
    }
}

/// Comparison that takes the same time wherever the difference is, so that a token cannot be guessed byte by byte.
enum ConstantTime {
    static func areEqual(_ given: some Collection<UInt8>, _ expected: some Collection<UInt8>) -> Bool {
        let given = Array(given)
        let expected = Array(expected)
        // The time tells the length of what was given, which its sender knows anyway.
        var difference = given.count ^ expected.count
        for index in given.indices {
            let other = expected.isEmpty ? 0 : expected[index % expected.count]
            difference |= Int(given[index] ^ other)
        }
        return difference == 0
    }
}
