import HTTPTypes
import NIOConcurrencyHelpers

/// The possible methods of each path, for requests without a route.
final class KnownPaths: Sendable {
    private struct Path {
        /// The path's parts; a part in braces stands for any part.
        let parts: [Substring]
        var methods: [HTTPRequest.Method]

        func matches(_ others: [Substring]) -> Bool {
            parts.count == others.count && zip(parts, others).allSatisfy { $0.first == "{" || $0 == $1 }
        }
    }

    private let paths = NIOLockedValueBox<[Path]>([])

    func add(_ method: HTTPRequest.Method, _ path: String) {
        let parts = path.split(separator: "/")
        paths.withLockedValue { paths in
            if let index = paths.firstIndex(where: { $0.parts == parts }) {
                paths[index].methods.append(method)
            } else {
                paths.append(Path(parts: parts, methods: [method]))
            }
        }
    }

    /// The possible methods of a path, separated by commas; `nil` if no such path exists, or if `method` is one of
    /// them.
    func alternatives(to method: HTTPRequest.Method, on path: some StringProtocol) -> String? {
        let possible = possible(on: path)
        return possible.isEmpty || possible.contains(method) ? nil : possible.map(\.rawValue).joined(separator: ", ")
    }

    /// The possible methods of a path, separated by commas; `nil` if no such path exists.
    func methods(on path: some StringProtocol) -> String? {
        let possible = possible(on: path)
        return possible.isEmpty ? nil : possible.map(\.rawValue).joined(separator: ", ")
    }

    private func possible(on path: some StringProtocol) -> [HTTPRequest.Method] {
        let parts = String(path).split(separator: "/")
        return paths.withLockedValue { $0.filter { $0.matches(parts) }.flatMap(\.methods) }
    }
}
