import CAMARA
import HTTPTypes
import Hummingbird
import QualityOnDemand

/// Decides which web pages may call the platform, and by which names a client may call it.
///
/// The keys of a sandbox's clients are public, so a web page in the owner's browser could use the sandbox. The page
/// could call the sandbox directly, or by a page's name that resolves to this machine (DNS rebinding). A sandbox
/// therefore accepts only its own names, and no foreign origin without a setting. A platform with its own keys accepts
/// any name, because it does not know its clients' names for it. A web page without a setting cannot read the answers.
struct OriginPolicy: Sendable {
    /// Origins in lower case, such as `https://app.example.com`.
    private let allowed: Set<String>
    /// The accepted names, in addition to the names of loopback; `nil` accepts any name.
    private let hosts: Set<String>?

    init(allowed: Set<String>, hosts: Set<String>?) {
        self.allowed = Set(allowed.map { $0.lowercased() })
        self.hosts = hosts.map { Set($0.map { $0.lowercased() }) }
    }

    /// Admits a request by its `Host` and `Origin`.
    ///
    /// - Throws: ``APIError`` 403 if a request calls a sandbox by a foreign name, or comes from a foreign web page.
    func admit(_ head: HTTPRequest) throws(APIError) {
        guard let hosts else { return }
        if let authority = head.authority, !authority.isEmpty {
            let host = Self.host(of: authority)
            guard Loopback.contains(host) || hosts.contains(host) else {
                throw APIError(
                    .forbidden, .permissionDenied,
                    """
                    The header Host: \(Excerpt.of(host)) is not a name of this sandbox; allowed are localhost, 127.0.0.1, [::1] and the host \
                    of the setting sandbox.issuer.
                    """)
            }
        }
        guard let origin = head.headerFields[.origin], !isOwn(origin, of: head), !allowed.contains(origin.lowercased()) else { return }
        throw APIError(
            .forbidden, .permissionDenied,
            """
            The header Origin: \(Excerpt.of(origin)) must not call this sandbox; the setting server.allowedOrigins lists the web \
            pages that are allowed.
            """)
    }

    /// The answer to a preflight, a browser's question before a call (Fetch Standard, 3.3); `nil` if the request is
    /// not a preflight, or if its origin or its path is not allowed.
    ///
    /// - Parameter methods: returns the methods of a path, separated by commas; `nil` for an unknown path.
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

    /// Adds headers that let the page of an allowed origin read the answer. The headers never allow the browser's
    /// credentials.
    func share(_ response: inout Response, with head: HTTPRequest) {
        guard !allowed.isEmpty else { return }
        // Caches must keep the answers apart, including the answer to a request without an origin.
        response.headers.append(HTTPField(name: .vary, value: "Origin"))
        guard let origin = allowedOrigin(of: head) else { return }
        response.headers[.accessControlAllowOrigin] = origin
        response.headers[.accessControlExposeHeaders] = "Retry-After, WWW-Authenticate, x-correlator"
    }

    private func allowedOrigin(of head: HTTPRequest) -> String? {
        head.headerFields[.origin].flatMap { allowed.contains($0.lowercased()) ? $0 : nil }
    }

    /// Whether a page comes from the same host and port that it calls. The schemes may differ, because a proxy in
    /// front of the platform may use another one.
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
