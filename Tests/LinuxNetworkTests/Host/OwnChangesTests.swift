import QoDTestSupport
import Testing

@testable import LinuxNetwork

@Suite("The platform's own changes")
struct OwnChangesTests {
    @Test("of a socket that is used again and again are known however many processes were started meanwhile")
    func longLived() {
        let own = OwnChanges()
        for process in 1_000..<1_500 as Range<UInt32> {
            own.add(7)
            own.add(process)
            #expect(own.contains(7) && own.contains(process))
        }
        #expect(!own.contains(1_000), "the kernel may give an older number to somebody else")
        own.add(0)
        #expect(!own.contains(0))
    }

    @Test(
        "of a kernel that has run nft many times are still known to be its own",
        .enabled(if: TestGateway.isPossible, "needs NAC_INTEGRATION=1, as make sets it, root, tc and nft"))
    func afterManyProcesses() throws {
        try TestGateway.withGateway { gateway in
            let own = OwnChanges()
            let kernel = LinuxKernel(try gateway.configuration, own: own)
            let port = try kernel.open().route.port
            for process in 1_000_000..<1_000_100 as Range<UInt32> { own.add(process) }
            _ = try kernel.open()
            #expect(own.contains(port))
        }
    }
}
