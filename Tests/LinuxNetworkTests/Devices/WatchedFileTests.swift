import Foundation
import QoDTestSupport
import Testing

@testable import LinuxNetwork

@Suite("A watched file")
struct WatchedFileTests {
    private func text(_ outcome: WatchedFile.Outcome) -> String {
        switch outcome {
        case .same: "same"
        case .changed(let bytes): "changed " + String(decoding: bytes, as: UTF8.self)
        case .missing: "missing"
        case .failed(let reason): "failed \(reason)"
        case .busy: "busy"
        }
    }

    private func write(_ text: String, _ path: String) throws {
        try Data(text.utf8).write(to: URL(filePath: path))
    }

    @Test("is read when it is renamed into place, written in place, removed, and comes back")
    func changes() async throws {
        try await TemporaryFolder.with { folder in
            let path = folder + "/file"
            var file = WatchedFile(path, limit: 1000)
            #expect(text(file.look()) == "missing")
            try write("one\n", path)
            #expect(text(file.look()) == "changed one\n")
            #expect(text(file.look()) == "same")
            try write("two\n", path + ".new")
            #expect(rename(path + ".new", path) == 0)
            #expect(text(file.look()) == "changed two\n")
            // A change with the same size, within one step of the file system's clock.
            try write("owt\n", path)
            #expect(text(file.look()) == "changed owt\n")
            try FileManager.default.removeItem(atPath: path)
            #expect(text(file.look()) == "missing")
            #expect(text(file.look()) == "missing")
            try write("owt\n", path)
            #expect(text(file.look()) == "changed owt\n")
        }
    }

    @Test("that is truncated to be written anew is believed at the second look only")
    func halfWritten() async throws {
        try await TemporaryFolder.with { folder in
            let path = folder + "/file"
            var file = WatchedFile(path, limit: 1000)
            try write("one\ntwo\n", path)
            #expect(text(file.look()) == "changed one\ntwo\n")
            try write("", path)
            #expect(text(file.look()) == "busy")
            try write("one\nth", path)
            #expect(text(file.look()) == "busy")
            try write("one\nthree\n", path)
            #expect(text(file.look()) == "changed one\nthree\n")
            try write("one\nwithout an end", path)
            #expect(text(file.look()) == "busy")
            #expect(text(file.look()) == "changed one\nwithout an end")
            #expect(text(file.look()) == "same")
            try write("", path)
            #expect(text(file.look()) == "busy")
            #expect(text(file.look()) == "changed ")
        }
    }

    @Test("that is touched without a change is the same")
    func touched() async throws {
        try await TemporaryFolder.with { folder in
            let path = folder + "/file"
            var file = WatchedFile(path, limit: 1000)
            try write("one\n", path)
            _ = file.look()
            try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSince1970: 1_000_000_000)], ofItemAtPath: path)
            #expect(text(file.look()) == "same")
        }
    }

    @Test("that cannot be a file of that kind says why: a folder, a pipe, too large, not to be read")
    func unusable() async throws {
        try await TemporaryFolder.with { folder in
            var directory = WatchedFile(folder, limit: 1000)
            #expect(text(directory.look()) == "failed is not a regular file")
            #expect(mkfifo(folder + "/pipe", 0o600) == 0)
            var pipe = WatchedFile(folder + "/pipe", limit: 1000)
            #expect(text(pipe.look()) == "failed is not a regular file")
            try write(String(repeating: "x", count: 1001), folder + "/large")
            var large = WatchedFile(folder + "/large", limit: 1000)
            #expect(text(large.look()) == "failed has 1001 bytes; at most 1000 are read")
            var below = WatchedFile(folder + "/large/file", limit: 1000)
            #expect(text(below.look()) == "failed cannot be read: Not a directory")
        }
    }
}
