/// A value that does not fit. The error names the place, the problem and the allowed values, so that the
/// sender can correct the value.
///
/// The path grows from the inside out: the reader of a property adds the property's name with
/// ``at(_:)`` while the error passes.
public struct InvalidValue: Error, Hashable, Sendable, CustomStringConvertible {
    /// The place of the value: property names and list indexes, outermost first; empty for the whole document.
    public private(set) var path: [PathElement]
    /// The problem and the allowed values, as the end of a sentence that begins with the path.
    public let reason: String
    /// The kind of mistake, as far as the API distinguishes kinds.
    public let kind: Kind

    /// The kinds of mistake that have codes of their own in the API.
    public enum Kind: Hashable, Sendable {
        case argument
        case outOfRange
        case sink
        case credential
        case token
    }

    /// One step into a document.
    public enum PathElement: Hashable, Sendable {
        case property(String)
        case index(Int)
    }

    /// Creates an error about the value itself. Callers add the path while the error passes.
    public init(_ reason: String, kind: Kind = .argument) {
        self.path = []
        self.reason = reason
        self.kind = kind
    }

    /// The same error, seen from the object that holds the value under `property`.
    public func at(_ property: String) -> InvalidValue {
        prefixed(.property(property))
    }

    /// The same error, seen from the list that holds the value at `index` (counted from 0).
    public func at(index: Int) -> InvalidValue {
        prefixed(.index(index))
    }

    /// The path in the notation of the API's messages, such as `devicePorts.ranges[1].from`.
    public var pathDescription: String {
        var text = ""
        for element in path {
            switch element {
            case .property(let name):
                if !text.isEmpty { text += "." }
                text += Excerpt.of(name)
            case .index(let index):
                text += "[\(index)]"
            }
        }
        return text
    }

    public var description: String {
        path.isEmpty ? reason : "\(pathDescription): \(reason)"
    }

    private func prefixed(_ element: PathElement) -> InvalidValue {
        var copy = self
        copy.path.insert(element, at: 0)
        return copy
    }
}

/// Runs `body`. An ``InvalidValue`` from `body` gets `property` before its path.
@inlinable
public func at<Value>(_ property: String, _ body: () throws(InvalidValue) -> Value) throws(InvalidValue) -> Value {
    do { return try body() } catch { throw error.at(property) }
}

/// Runs `body`. An ``InvalidValue`` from `body` gets `index` before its path.
@inlinable
public func at<Value>(index: Int, _ body: () throws(InvalidValue) -> Value) throws(InvalidValue) -> Value {
    do { return try body() } catch { throw error.at(index: index) }
}
