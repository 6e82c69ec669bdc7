/// A value that holds settings or secrets: whatever prints, logs or dumps it shows the name of its type only.
///
/// Libraries describe the values that they are given by reflection, for example service runners at the log level `debug`. A type
/// that is described so shows everything inside it, however deep.
public protocol Confidential: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {}

extension Confidential {
    public var description: String { "\(Self.self)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
