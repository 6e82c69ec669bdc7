import Foundation

/// The record in the folder of a complete lab. It describes the structure of the lab.
struct LabRecord: Codable, Hashable, Sendable {
    var topology: LabTopology

    /// - Returns: `nil` if there is no complete lab, or if another version of this program made the record.
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
