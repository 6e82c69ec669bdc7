import HTTPTypes
import NIOConcurrencyHelpers

/// Which methods are possible on which paths, for requests that the router has no route for.
final class KnownPaths: Sendable {
    private struct Path {
        /// Its parts; those in braces stand for any.
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

    /// The methods that are possible on a path, separated by commas; `nil` where there is no such path, or `method` is one of them.
    func alternatives(to method: HTTPRequest.Method, on path: some StringProtocol) -> String? {
        let possible = possible(on: path)
        return possible.isEmpty || possible.contains(method) ? nil : possible.map(\.rawValue).joined(separator: ", ")
    }

    /// The methods that are possible on a path, separated by commas; `nil` where there is no such path.
    func methods(on path: some StringProtocol) -> String? {
        let possible = possible(on: path)
        return possible.isEmpty ? nil : possible.map(\.rawValue).joined(separator: ", ")
    }

    private func possible(on path: some StringProtocol) -> [HTTPRequest.Method] {
        let parts = String(path).split(separator: "/")
        return paths.withLockedValue { $0.filter { $0.matches(parts) }.flatMap(\.methods) }
    }
}
