import Foundation

/// A folder that exists while a test runs.
public enum TemporaryFolder {
    /// Runs `body` with a new, empty folder. The folder is removed afterwards, even if `body` fails.
    public static func with<Value>(_ body: (String) async throws -> Value) async throws -> Value {
        let path = NSTemporaryDirectory() + "nac-test-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try await body(path)
    }
}
