public import QualityOnDemand

/// An error in an answer of the APIs (schema ErrorInfo).
public struct ErrorInfo: Hashable, Sendable {
    /// The HTTP status, repeated in the body.
    public var status: Int
    public var code: ErrorCode
    /// For people; 512 characters at most.
    public var message: String

    public init(status: Int, code: ErrorCode, message: String) {
        self.status = status
        self.code = code
        // JSON Schema counts scalars; a character may have any number of them.
        self.message = message.unicodeScalars.count <= 512 ? message : String(message.unicodeScalars.prefix(500)) + "…"
    }

    public init(_ node: JSONNode) throws(InvalidValue) {
        var object = try JSONObject(node)
        status = try object.required("status") { node throws(InvalidValue) in try node.integer(in: 100...599) }
        code = ErrorCode(try object.required("code") { node throws(InvalidValue) in try node.string(upTo: 96) })
        message = try object.required("message") { node throws(InvalidValue) in try node.string(upTo: 65_536) }
        try object.finish()
    }

    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.write("status", status)
            json.write("code", code.description)
            json.write("message", message)
        }
    }
}

/// The code of an error: a constant for each code of the APIs, and any other code unchanged.
public struct ErrorCode: Hashable, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }

    public static let invalidArgument = ErrorCode("INVALID_ARGUMENT")
    public static let outOfRange = ErrorCode("OUT_OF_RANGE")
    public static let durationOutOfRange = ErrorCode("QUALITY_ON_DEMAND.DURATION_OUT_OF_RANGE")
    public static let invalidCredential = ErrorCode("INVALID_CREDENTIAL")
    public static let invalidToken = ErrorCode("INVALID_TOKEN")
    public static let invalidSink = ErrorCode("INVALID_SINK")
    public static let unauthenticated = ErrorCode("UNAUTHENTICATED")
    public static let permissionDenied = ErrorCode("PERMISSION_DENIED")
    public static let notFound = ErrorCode("NOT_FOUND")
    public static let identifierNotFound = ErrorCode("IDENTIFIER_NOT_FOUND")
    public static let methodNotAllowed = ErrorCode("METHOD_NOT_ALLOWED")
    public static let conflict = ErrorCode("CONFLICT")
    public static let sessionExtensionNotAllowed = ErrorCode("QUALITY_ON_DEMAND.SESSION_EXTENSION_NOT_ALLOWED")
    public static let gone = ErrorCode("GONE")
    public static let payloadTooLarge = ErrorCode("PAYLOAD_TOO_LARGE")
    public static let unsupportedMediaType = ErrorCode("UNSUPPORTED_MEDIA_TYPE")
    public static let serviceNotApplicable = ErrorCode("SERVICE_NOT_APPLICABLE")
    public static let missingIdentifier = ErrorCode("MISSING_IDENTIFIER")
    public static let unsupportedIdentifier = ErrorCode("UNSUPPORTED_IDENTIFIER")
    public static let unnecessaryIdentifier = ErrorCode("UNNECESSARY_IDENTIFIER")
    public static let privateKeyJWTNotConfigured = ErrorCode("PRIVATE_KEY_JWT_NOT_CONFIGURED")
    public static let qosProfileNotApplicable = ErrorCode("QUALITY_ON_DEMAND.QOS_PROFILE_NOT_APPLICABLE")
    public static let tooManyRequests = ErrorCode("TOO_MANY_REQUESTS")
    public static let quotaExceeded = ErrorCode("QUOTA_EXCEEDED")
    public static let internalError = ErrorCode("INTERNAL")
    public static let unavailable = ErrorCode("UNAVAILABLE")
}
