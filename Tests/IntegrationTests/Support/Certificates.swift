import Foundation
import Testing

/// Certificates for a test, made with the `openssl` command.
enum Certificates {
    static let openSSL = ["/usr/bin/openssl", "/opt/homebrew/bin/openssl", "/usr/local/bin/openssl"].first { FileManager.default.isExecutableFile(atPath: $0) }

    /// Makes an authority, `ca.pem`, and three certificates of the authority, with their keys: a
    /// server for platform.example and 127.0.0.1, `server.pem`; a server for the name alone,
    /// `named.pem`; and a client, `client.pem`.
    static func make(in folder: String) throws {
        try authority("ca", in: folder)
        try signed("server", "subjectAltName=DNS:platform.example,IP:127.0.0.1", in: folder)
        try signed("named", "subjectAltName=DNS:platform.example", in: folder)
        try signed("client", "extendedKeyUsage=clientAuth", in: folder)
    }

    static func authority(_ name: String, in folder: String) throws {
        try run("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj /CN=\(name) -keyout \(name).key -out \(name).pem", in: folder)
    }

    private static func signed(_ name: String, _ extensions: String, in folder: String) throws {
        try Data("\(extensions)\n".utf8).write(to: URL(filePath: "\(folder)/\(name).ext"))
        try run("req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=\(name) -keyout \(name).key -out \(name).csr", in: folder)
        try run("x509 -req -in \(name).csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -extfile \(name).ext -out \(name).pem", in: folder)
    }

    private static func run(_ arguments: String, in folder: String) throws {
        let process = Process()
        process.executableURL = URL(filePath: try #require(openSSL))
        process.arguments = arguments.split(separator: " ").map(String.init)
        process.currentDirectoryURL = URL(filePath: folder)
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "openssl \(arguments)")
    }
}
