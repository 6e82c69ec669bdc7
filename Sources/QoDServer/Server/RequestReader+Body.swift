import CAMARA
import HTTPTypes
import Hummingbird
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import QualityOnDemand

extension RequestReader {
    /// The largest body, in bytes, that the event loop parses itself. Threads parse larger bodies, because an event
    /// loop can do nothing else while it parses.
    private static let largestQuickBody = 16 << 10
    /// The most values in a body: two full lists of 65,536 ranges and 65,536 ports have 524,288.
    private static let mostValues = 600_000

    /// Reads the body strictly.
    ///
    /// The request takes its place among the requests under way after the body has arrived. A slow body therefore
    /// keeps no other request waiting. While the body is in memory, its bytes count towards the client's share.
    func body<Value: Sendable>(
        _ request: Request, _ context: APIRequestContext, _ read: @escaping @Sendable (JSONNode) throws(InvalidValue) -> Value
    ) async throws -> Value {
        guard request.hasBody else { throw InvalidValue("is missing; a JSON object is needed") }
        try Self.checkType(of: request.headers)
        let client = context.notes.withLockedValue { $0.client }
        var bytes = BodyBytes(ledger, client)
        defer { bytes.giveBack() }
        var buffer = try await collect(request, context, &bytes)
        try ledger.takePlace(client, context)
        guard buffer.readableBytes > 0 else { throw InvalidValue("is missing; a JSON object is needed") }
        if buffer.getBytes(at: buffer.readerIndex, length: 3) == [0xef, 0xbb, 0xbf] { buffer.moveReaderIndex(forwardBy: 3) }
        guard buffer.readableBytes > Self.largestQuickBody else { return try Self.parse(buffer, withPlus: acceptsNumbersWithoutPlus, read) }
        guard ledger.parsing.take() else { throw APIError.busy }
        defer { ledger.parsing.giveBack() }
        return try await parsers.runIfActive { [buffer, acceptsNumbersWithoutPlus] in
            try Self.parse(buffer, withPlus: acceptsNumbersWithoutPlus, read)
        }
    }

    private static func parse<Value>(
        _ buffer: ByteBuffer, withPlus: Bool, _ read: (JSONNode) throws(InvalidValue) -> Value
    ) throws(InvalidValue) -> Value {
        let value = try buffer.withUnsafeReadableBytes { bytes in
            Result { () throws(InvalidValue) in try JSONValue(parsing: bytes, mostValues: mostValues) }
        }.get()
        return try read(JSONNode(withPlus ? value.withPlus : value, unknownProperties: .rejected))
    }

    private func collect(_ request: Request, _ context: APIRequestContext, _ bytes: inout BodyBytes) async throws -> ByteBuffer {
        if let declared = request.headers[.contentLength].flatMap({ Int($0) }) {
            guard declared <= maximumBodySize else { throw NIOTooManyBytesError(maxBytes: maximumBodySize) }
            try bytes.take(declared)
            context.wantsBody(of: request)
            return try await request.body.collect(upTo: declared)
        }
        context.wantsBody(of: request)
        var buffer = ByteBuffer()
        for try await part in request.body {
            guard buffer.readableBytes + part.readableBytes <= maximumBodySize else { throw NIOTooManyBytesError(maxBytes: maximumBodySize) }
            try bytes.take(part.readableBytes)
            buffer.writeImmutableBuffer(part)
        }
        return buffer
    }

    // MARK: Types

    private static func checkType(of headers: HTTPFields) throws(APIError) {
        if let coding = headers[.contentEncoding], coding.lowercased() != "identity" {
            throw APIError(
                .unsupportedMediaType, .unsupportedMediaType,
                "The content encoding \(Excerpt.of(coding)) is not supported; send the body without an encoding.")
        }
        guard let contentType = headers[.contentType], contentType != "application/json" else { return }
        let parts = contentType.split(separator: ";").map { $0.trimmed.lowercased() }
        guard parts.first == "application/json" else {
            throw APIError(
                .unsupportedMediaType, .unsupportedMediaType,
                "The content type \(Excerpt.of(contentType)) is not supported; application/json is needed.")
        }
        for parameter in parts.dropFirst() where parameter.hasPrefix("charset=") {
            let charset = parameter.dropFirst(8).filter { $0 != "\"" }
            guard charset == "utf-8" || charset == "utf8" else {
                throw APIError(
                    .unsupportedMediaType, .unsupportedMediaType, "The charset \(Excerpt.of(charset)) is not supported; JSON is UTF-8.")
            }
        }
    }
}
