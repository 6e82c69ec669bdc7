import CAMARA
import Foundation
import QoDTestSupport
import Testing

#if os(Linux)
import Glibc

extension Integration {
    /// Disks that take a write and do not confirm it, and disks without room.
    @Suite struct FailingDiskTests {
        /// Lets `fdatasync` of the write-ahead log fail while the file that `FAIL_SYNC` names exists; with "once" in
        /// the file, one time only.
        private static let source = """
            #define _GNU_SOURCE
            #include <dlfcn.h>
            #include <errno.h>
            #include <fcntl.h>
            #include <stdio.h>
            #include <stdlib.h>
            #include <string.h>
            #include <unistd.h>

            static int fails(int file) {
                const char *flag = getenv("FAIL_SYNC");
                char link[64], path[4096], mode = 0;
                snprintf(link, sizeof link, "/proc/self/fd/%d", file);
                ssize_t count = readlink(link, path, sizeof path);
                if (!flag || count < 4 || memcmp(path + count - 4, "-wal", 4) != 0) return 0;
                int descriptor = open(flag, O_RDONLY);
                if (descriptor < 0) return 0;
                if (read(descriptor, &mode, 1) < 0) mode = 0;
                close(descriptor);
                if (mode == 'o') unlink(flag);
                errno = EIO;
                return 1;
            }

            int fdatasync(int file) {
                int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
                return fails(file) ? -1 : real(file);
            }

            int fsync(int file) {
                int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
                return fails(file) ? -1 : real(file);
            }
            """

        private static func body(_ number: Int) -> String {
            """
            {"device":{"phoneNumber":"+99999991000"},"applicationServer":{"ipv4Address":"198.51.\(number / 250).\(number % 250 + 1)"},\
            "qosProfile":"QOS_L","duration":3600}
            """
        }

        private static func isReady(_ api: RawClient, saying words: String? = nil) async throws -> Bool {
            let answer = try await api.send("GET", "/health/ready")
            guard let words else { return answer.status == 200 }
            return answer.status == 503 && String(decoding: answer.body, as: UTF8.self).contains(words)
        }

        private static func count(in folder: String) async throws -> Int {
            let server = try await ServerProcess.start(in: folder)
            defer { server.process.send(SIGKILL) }
            let answer = try await RawClient(address: server.address).send(
                "POST", "/quality-on-demand/v1/retrieve-sessions", body: #"{"device":{"phoneNumber":"+99999991000"}}"#)
            return String(decoding: answer.body, as: UTF8.self).matches(of: /"sessionId"/).count
        }

        /// A platform with one session whose disk then fails, and has refused a second session with these words.
        private static func withFailingDisk(
            _ mode: String, answer words: String, _ body: (ServerProcess, RawClient, _ folder: String, _ flag: String) async throws -> Void
        ) async throws {
            try await TemporaryFolder.with { folder in
                let flag = "\(folder)/fail"
                let environment = ["LD_PRELOAD": try await PreloadLibrary.build(source, in: folder), "FAIL_SYNC": flag]
                let server = try await ServerProcess.start(in: folder, environment: environment)
                let api = RawClient(address: server.address)
                try await wait(upTo: .seconds(30), for: "readiness") { try await isReady(api) }
                #expect(try await api.create(Self.body(1)).status == 201)
                try mode.write(toFile: flag, atomically: true, encoding: .utf8)
                let refused = try await api.create(Self.body(2))
                #expect(refused.status == 503)
                #expect(String(decoding: refused.body, as: UTF8.self).contains(words))
                try await body(server, api, folder, flag)
            }
        }

        @Test(
            "a session that the disk did not confirm is refused, and is not there after a crash",
            .enabled(if: PreloadLibrary.compiler != nil, "needs a C compiler"), .timeLimit(.minutes(2)))
        func once() async throws {
            try await Self.withFailingDisk("once", answer: "its disk fails; nothing was changed") { server, api, folder, flag in
                #expect(!FileManager.default.fileExists(atPath: flag), "the failure was not met")
                // At once, because the next write of the process would overwrite the failed one too.
                try await server.kill()
                #expect(try await Self.count(in: folder) == 1)
            }
        }

        @Test(
            "while the disk confirms nothing, answers say that a session may have been stored, and the platform is not ready",
            .enabled(if: PreloadLibrary.compiler != nil, "needs a C compiler"), .timeLimit(.minutes(2)))
        func always() async throws {
            try await Self.withFailingDisk("always", answer: "did not confirm the last write; this one may or may not have been stored") { server, api, folder, flag in
                try await wait(upTo: .seconds(60), for: "readiness to go") { try await Self.isReady(api, saying: "disk of the database fails") }
                unlink(flag)
                try await wait(upTo: .seconds(60), for: "readiness to come back") { try await Self.isReady(api) }
                #expect(try await api.create(Self.body(3)).status == 201)
                try await server.kill()
                #expect((2...3).contains(try await Self.count(in: folder)))
            }
        }

        @Test(
            "on a full disk nothing is lost and creations are refused with the reason, and with room the platform goes on",
            .enabled(if: SmallDisk.isPossible, "needs to mount"), .timeLimit(.minutes(3)))
        func full() async throws {
            try await SmallDisk.with(megabytes: 8) { disk in
                try await TemporaryFolder.with { folder in
                    let arguments = ["--database", "sqlite:\(disk)/nac.db"]
                    let environment = ["NAC_LIMITS_SESSIONS_PER_DEVICE": "0"]
                    let server = try await ServerProcess.start(in: folder, arguments, environment: environment)
                    let api = RawClient(address: server.address)
                    try await wait(upTo: .seconds(30), for: "readiness") { try await Self.isReady(api) }
                    var stored: [String] = []
                    for number in 1...20 { stored.append(try await api.create(Self.body(number)).session().sessionID) }
                    try SmallDisk.fill("\(disk)/filler")
                    var answer = try await api.create(Self.body(100))
                    for number in 101..<4000 where answer.status == 201 {
                        stored.append(try answer.session().sessionID)
                        answer = try await api.create(Self.body(number))
                    }
                    #expect(answer.status == 503)
                    #expect(String(decoding: answer.body, as: UTF8.self).contains("its disk is full; nothing was changed"))
                    try await wait(upTo: .seconds(60), for: "readiness to go") { try await Self.isReady(api, saying: "disk of the database is full") }
                    for id in stored { #expect(try await api.get(id).status == 200) }
                    unlink("\(disk)/filler")
                    try await wait(upTo: .seconds(60), for: "readiness to come back") { try await Self.isReady(api) }
                    stored.append(try await api.create(Self.body(5000)).session().sessionID)
                    try await server.kill()

                    let next = try await ServerProcess.start(in: folder, port: server.port, arguments, environment: environment)
                    for id in stored { #expect(try await RawClient(address: next.address).get(id).status == 200) }
                    print("full: \(stored.count) sessions were answered, and all are there")
                    try await next.stop()
                }
            }
        }
    }
}

/// A file system in memory, of a few megabytes.
private enum SmallDisk {
    /// Whether this process may mount.
    static let isPossible: Bool = {
        guard geteuid() == 0, let path = try? make() else { return false }
        defer { rmdir(path) }
        guard mount("tmpfs", path, "tmpfs", 0, "size=1m") == 0 else { return false }
        return umount2(path, Int32(MNT_DETACH)) == 0
    }()

    private static func make() throws -> String {
        let path = NSTemporaryDirectory() + "/nac-small-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    static func with(megabytes: Int, _ body: (_ path: String) async throws -> Void) async throws {
        let path = try make()
        try #require(mount("tmpfs", path, "tmpfs", 0, "size=\(megabytes)m") == 0)
        defer {
            umount2(path, Int32(MNT_DETACH))
            rmdir(path)
        }
        try await body(path)
    }

    /// Writes until there is no room.
    static func fill(_ path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        for size in [65_536, 4096, 1] {
            let bytes = [UInt8](repeating: 1, count: size)
            while write(descriptor, bytes, size) == size {}
        }
    }
}
#endif
