import NIOConcurrencyHelpers

/// A value that several tasks share.
final class Box<Value: Sendable>: Sendable {
    private let content = NIOLockedValueBox<Value?>(nil)

    var value: Value? {
        get { content.withLockedValue { $0 } }
        set { content.withLockedValue { $0 = newValue } }
    }

    func update(_ change: (Value?) -> Value) {
        content.withLockedValue { $0 = change($0) }
    }
}
