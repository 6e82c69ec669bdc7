/// A value that does not fit, told so that whoever sent it can mend it: where it stands, what is wrong, what is allowed.
///
/// The path grows from the inside out: whoever reads a property adds its name with ``at(_:)`` while the error passes.
public struct InvalidValue: Error, Hashable, Sendable, CustomStringConvertible {
    /// Where the value stands: property names and list indexes, outermost first; empty for the whole document.
    public private(set) var path: [PathElement]
    /// What is wrong with the value and what is allowed, as the end of a sentence that begins with the path.
    public let reason: String
    /// What kind of mistake it is, where the API tells them apart.
    public let kind: Kind

    /// The kinds of mistake for which the API has codes of their own.
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

    /// Creates an error about the value itself; the path is added on the way out.
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

/// Runs `body`; an ``InvalidValue`` thrown from it is told as being at `property`.
@inlinable
public func at<Value>(_ property: String, _ body: () throws(InvalidValue) -> Value) throws(InvalidValue) -> Value {
    do { return try body() } catch { throw error.at(property) }
}

/// Runs `body`; an ``InvalidValue`` thrown from it is told as being at `index`.
@inlinable
public func at<Value>(index: Int, _ body: () throws(InvalidValue) -> Value) throws(InvalidValue) -> Value {
    do { return try body() } catch { throw error.at(index: index) }
}
