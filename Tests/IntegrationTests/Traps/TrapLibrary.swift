import Foundation
import Testing

/// Libraries that are loaded before all others. They cause faults in a process that a test cannot cause otherwise.
enum PreloadLibrary {
    /// The compiler that the tests' own toolchain brings, or the system's.
    static let compiler: String? = ["/usr/bin/clang", "/usr/bin/cc", "/opt/swift/usr/bin/clang"]
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    /// Builds a library of C source in a folder.
    ///
    /// - Returns: its path, for `LD_PRELOAD`.
    static func build(_ source: String, in folder: String) async throws -> String {
        let name = "\(folder)/preload-\(UUID().uuidString)"
        let (path, library) = ("\(name).c", "\(name).so")
        try source.write(toFile: path, atomically: true, encoding: .utf8)
        let build = try ChildProcess(
            try #require(compiler), ["-shared", "-fPIC", "-O1", "-o", library, path, "-ldl"], in: folder)
        let code = try await build.exitCode(within: .seconds(120))
        try #require(code == 0, "\(build.errors)")
        return library
    }
}

/// A library that the process loads first and that makes it trap, like a fault in the program. The library traps on
/// SIGUSR2, and when the process writes that it programs the session in `TRAP_SESSION`.
enum TrapLibrary {
    private static let source = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <signal.h>
        #include <stdlib.h>
        #include <string.h>
        #include <unistd.h>

        static void trap(int number) { (void)number; __builtin_trap(); }

        __attribute__((constructor)) static void begin(void) {
            struct sigaction action;
            memset(&action, 0, sizeof action);
            action.sa_handler = trap;
            sigaction(SIGUSR2, &action, 0);
        }

        ssize_t write(int file, const void *bytes, size_t count) {
            static ssize_t (*real)(int, const void *, size_t);
            const char *session = getenv("TRAP_SESSION");
            if (session && count == 38 && memcmp((const char *)bytes + 1, session, 36) == 0 && *(const char *)bytes == '+') {
                __builtin_trap();
            }
            if (!real) real = (ssize_t (*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
            return real(file, bytes, count);
        }
        """

    /// Builds the library in a folder.
    ///
    /// - Returns: The library's path, for `LD_PRELOAD`.
    static func build(in folder: String) async throws -> String {
        try await PreloadLibrary.build(source, in: folder)
    }
}
