/// A value that holds settings or secrets. Prints, logs and dumps of the value show only the name of its type.
///
/// Some libraries describe the values that they receive by reflection, for example service runners at the log level
/// `debug`. Such a description shows everything inside a value, however deep.
public protocol Confidential: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {}

extension Confidential {
    public var description: String { "\(Self.self)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
