import CAMARA
import HTTPTypes
import Hummingbird
import QualityOnDemand

/// Which web pages may call, and by which names the platform may be called.
///
/// A sandbox knows its clients by keys that everybody knows, so a web page in the owner's browser could use it: directly, or by a
/// name of its own that it makes resolve to this machine (DNS rebinding). A sandbox therefore takes its own names only, and no
/// foreign origin unless it is configured. A platform with keys of its own takes any name, as its clients' names for it are not
/// known; a web page that is not configured cannot read its answers.
struct OriginPolicy: Sendable {
    /// Origins in lower case, such as `https://app.example.com`.
    private let allowed: Set<String>
    /// Names beside those of loopback; `nil` where any name is taken.
    private let hosts: Set<String>?

    init(allowed: Set<String>, hosts: Set<String>?) {
        self.allowed = Set(allowed.map { $0.lowercased() })
        self.hosts = hosts.map { Set($0.map { $0.lowercased() }) }
    }

    /// Lets a request pass by its `Host` and `Origin`.
    ///
    /// - Throws: ``APIError`` 403 where a sandbox is called by a name that is not its own, or by a foreign web page.
    func admit(_ head: HTTPRequest) throws(APIError) {
        guard let hosts else { return }
        if let authority = head.authority, !authority.isEmpty {
            let host = Self.host(of: authority)
            guard Loopback.contains(host) || hosts.contains(host) else {
                throw APIError(
                    .forbidden, .permissionDenied,
                    """
                    The header Host: \(Excerpt.of(host)) is not a name of this sandbox; localhost, 127.0.0.1 and [::1] are, and the host of \
                    the setting sandbox.issuer.
                    """)
            }
        }
        guard let origin = head.headerFields[.origin], !isOwn(origin, of: head), !allowed.contains(origin.lowercased()) else { return }
        throw APIError(
            .forbidden, .permissionDenied,
            """
            The header Origin: \(Excerpt.of(origin)) is not allowed to call this sandbox; the setting server.allowedOrigins lists the web \
            pages that are.
            """)
    }

    /// The answer to the question that a browser asks before a call (Fetch Standard, 3.3); `nil` where the request is none, or
    /// its origin is not allowed.
    ///
    /// - Parameter methods: those of a path, separated by commas; `nil` for an unknown path.
    func preflight(_ head: HTTPRequest, methods: (String) -> String?) -> Response? {
        guard head.method == .options, head.headerFields[.accessControlRequestMethod] != nil, allowedOrigin(of: head) != nil,
            let methods = methods(String(head.path?.prefix { $0 != "?" } ?? ""))
        else { return nil }
        var headers: HTTPFields = [
            .accessControlAllowMethods: methods, .accessControlMaxAge: "600",
            .accessControlAllowHeaders: "Authorization, Content-Type, Idempotency-Key, X-RapidAPI-Key, x-correlator",
        ]
        if head.headerFields[.requestPrivateNetwork] == "true" { headers[.allowPrivateNetwork] = "true" }
        return Response(status: .noContent, headers: headers)
    }

    /// Adds to an answer what lets the page of an allowed origin read it. Credentials of the browser's own are never allowed.
    func share(_ response: inout Response, with head: HTTPRequest) {
        guard !allowed.isEmpty else { return }
        // Caches have to keep answers apart, also the one to a request without an origin.
        response.headers.append(HTTPField(name: .vary, value: "Origin"))
        guard let origin = allowedOrigin(of: head) else { return }
        response.headers[.accessControlAllowOrigin] = origin
        response.headers[.accessControlExposeHeaders] = "Retry-After, WWW-Authenticate, x-correlator"
    }

    private func allowedOrigin(of head: HTTPRequest) -> String? {
        head.headerFields[.origin].flatMap { allowed.contains($0.lowercased()) ? $0 : nil }
    }

    /// Whether a page came from the very host and port that it calls. A proxy before the platform may have another scheme.
    private func isOwn(_ origin: String, of head: HTTPRequest) -> Bool {
        guard let authority = head.authority, !authority.isEmpty, let scheme = origin.firstRange(of: "://") else { return false }
        return origin[scheme.upperBound...].lowercased() == authority.lowercased()
    }

    /// The host of `host:port`, in lower case; an IPv6 address keeps its brackets.
    static func host(of authority: String) -> String {
        let text = authority.lowercased()
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") { return String(text[...end]) }
        return String(text.prefix { $0 != ":" })
    }
}

extension HTTPField.Name {
    fileprivate static let requestPrivateNetwork = Self("Access-Control-Request-Private-Network")!
    fileprivate static let allowPrivateNetwork = Self("Access-Control-Allow-Private-Network")!
}
