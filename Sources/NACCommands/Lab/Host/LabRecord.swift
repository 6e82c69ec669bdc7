import Foundation

/// What a complete lab left in its folder: how it was made.
struct LabRecord: Codable, Hashable, Sendable {
    var topology: LabTopology

    /// - Returns: `nil` where there is no complete lab, or its record was made by another version of this program.
    static func read(_ path: String) -> LabRecord? {
        FileManager.default.contents(atPath: path).flatMap { try? JSONDecoder().decode(LabRecord.self, from: $0) }
    }

    func write(_ path: String) throws(LabError) {
        do {
            try JSONEncoder().encode(self).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw LabError("\(path): cannot be written: \(error.localizedDescription)")
        }
    }
}
