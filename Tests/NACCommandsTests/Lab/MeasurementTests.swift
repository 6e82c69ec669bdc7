import Testing

@testable import Lab
@testable import NACCommands

@Suite struct IperfLineTests {
    @Test func `an interval is read, in bits per second`() throws {
        let line = try #require(IperfLine("[  5]   0.25-0.50   sec   580 KBytes  19002 Kbits/sec                  "))
        #expect(line.start == 0.25 && line.end == 0.5 && line.rate == 19_002_000)
        #expect(IperfLine("[ 15]  10.00-10.25  sec  0.00 Bytes  0.00 Kbits/sec")?.rate == 0)
        #expect(IperfLine("[  5]   0.00-0.50   sec  1.19 MBytes  19941 Kbits/sec    0   26.9 KBytes       ")?.rate == 19_941_000)
    }

    @Test(arguments: [
        "", "-----------", "Server listening on 5301 (test #1)", "[ ID] Interval           Transfer     Bitrate",
        "[  5] local 10.45.4.1 port 5301 connected to 198.51.100.7 port 36860", "iperf3: interrupt - the server has terminated",
        "[  5]   0.00-16.34  sec  25.1 MBytes  12901 Kbits/sec                  receiver", "[  5]   x-y   sec  1 MBytes  1 Kbits/sec",
        "[  5]   0.50-0.50   sec  0 Bytes  0 Kbits/sec", "[  5]", "]", "[  5]   0.00-0.50   sec  1.19 MBytes  19.9 Mbits/sec",
    ])
    func `other lines are none`(line: String) {
        #expect(IperfLine(line) == nil)
    }
}

@Suite struct PingLineTests {
    @Test func `an answer is read, and when its question was sent`() throws {
        let line = try #require(PingLine("[1795448228.198767] 64 bytes from 198.51.100.7: icmp_seq=306 ttl=62 time=122 ms"))
        #expect(line.sequence == 306 && line.roundTrip == 122)
        #expect(abs(line.sentAt - 1_795_448_228.076767) < 1e-5)
        #expect(PingLine("[1.5] 64 bytes from 2001:db8:7::7: icmp_seq=1 ttl=61 time=0.145 ms")?.roundTrip == 0.145)
    }

    @Test(arguments: [
        "", "PING 198.51.100.7 (198.51.100.7) 56(84) bytes of data.", "[1795448228.181641] no answer yet for icmp_seq=307",
        "64 bytes from 198.51.100.7: icmp_seq=1 ttl=62 time=0.897 ms", "rtt min/avg/max/mdev = 0.072/0.353/0.897/0.384 ms",
        "[x] 64 bytes from 198.51.100.7: icmp_seq=1 ttl=62 time=1 ms", "[1.0] From 10.45.0.1 icmp_seq=1 Destination Host Unreachable",
    ])
    func `other lines are none`(line: String) {
        #expect(PingLine(line) == nil)
    }
}

@Suite struct SamplesTests {
    private func line(_ start: Double, _ end: Double, _ rate: Int) throws -> IperfLine {
        try #require(IperfLine("[  5]   \(start)-\(end)   sec  1 MBytes  \(rate) Kbits/sec"))
    }

    @Test func `late reading does not move samples, and iperf3's repetition at the end counts once`() throws {
        // The test began at 100; the second line was read one second late.
        let lines = [(100.5, try line(0, 0.5, 10)), (102.0, try line(0.5, 1, 20)), (101.5, try line(1, 1.5, 30)), (101.6, try line(1, 1.5, 30))]
        let samples = Samples.rates(lines.map { (readAt: $0.0, line: $0.1) }, since: 99)
        #expect(samples == [RateSample(at: 1.25, rate: 10_000), RateSample(at: 1.75, rate: 20_000), RateSample(at: 2.25, rate: 30_000)])
        #expect(Samples.rates([], since: 0).isEmpty)
    }

    @Test func `pings without an answer are found between the others, but for those that may still be on their way`() throws {
        let lines = [1, 2, 5, 6].compactMap { PingLine("[\(100 + Double($0))] 64 bytes from a: icmp_seq=\($0) ttl=1 time=0 ms") }
        let samples = Samples.pings(lines.reversed() + lines, since: 100, upTo: 110)
        #expect(samples.map(\.at) == [1, 2, 3, 4, 5, 6])
        #expect(samples.map { $0.roundTrip == nil } == [false, false, true, true, false, false])
        #expect(Samples.pings(lines, since: 100, upTo: 104.5).filter { $0.roundTrip == nil }.map(\.at) == [3])
    }

    @Test func `quantiles are values that were seen`() {
        let values = (1...100).map(Double.init).shuffled()
        #expect(Statistics.quantile(0.5, of: values) == 50 && Statistics.quantile(0.99, of: values) == 99 && Statistics.quantile(1, of: values) == 100)
        #expect(Statistics.quantile(0, of: values) == 1 && Statistics.quantile(0.99, of: [7]) == 7 && Statistics.quantile(0.5, of: []) == nil)
        #expect(Statistics.mean([1, 2, 6]) == 3 && Statistics.mean([]) == nil)
    }

    @Test func `bytes that interfaces have sent are read from the kernel's table`() {
        let table = """
            Inter-|   Receive                                                |  Transmit
             face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
                lo:       0       0    0    0    0     0          0         0        7       0    0    0    0     0       0          0
              ran0: 1234567890    2    0    0    0     0          0         0  99887766     23    0    0    0     0       0          0
            """
        #expect(InterfaceCounters.sent(table) == ["lo": 7, "ran0": 99_887_766])
    }
}
