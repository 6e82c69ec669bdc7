import Foundation
import QoDTestSupport
import QualityOnDemand
import Testing

@Suite("Timestamps")
struct TimestampTests {
    @Test("RFC 3339 date-times are read with any offset and to the millisecond", arguments: [
        ("1970-01-01T00:00:00Z", 0 as Int64), ("1970-01-01T00:00:00.001Z", 1), ("1969-12-31T23:59:59.999Z", -1),
        // RFC 3339, section 5.8
        ("1985-04-12T23:20:50.52Z", 482_196_050_520), ("1996-12-19T16:39:57-08:00", 851_042_397_000),
        ("1990-12-31T23:59:60Z", 662_688_000_000), ("1990-12-31T15:59:60-08:00", 662_688_000_000),
        ("1937-01-01T12:00:27.87+00:20", -1_041_337_172_130),
        ("2024-06-01T12:00:00Z", 1_717_243_200_000), ("2024-06-01t12:00:00z", 1_717_243_200_000), ("2024-06-01 12:00:00Z", 1_717_243_200_000),
        ("2024-06-01T12:00:00+00:00", 1_717_243_200_000), ("2024-06-01T12:00:00-00:00", 1_717_243_200_000),
        ("2024-06-01T14:30:00+02:30", 1_717_243_200_000), ("2024-05-31T12:01:00-23:59", 1_717_243_200_000),
        ("2023-07-03T12:27:08.312Z", 1_688_387_228_312), ("2023-07-03T12:27:08.3129999999Z", 1_688_387_228_312),
        ("2023-07-03T12:27:08.3Z", 1_688_387_228_300), ("0000-01-01T00:00:00Z", -62_167_219_200_000),
        ("9999-12-31T23:59:59.999Z", 253_402_300_799_999), ("2001-09-09T01:46:40Z", 1_000_000_000_000),
    ])
    func reads(text: String, milliseconds: Int64) throws {
        #expect(try Timestamp(rfc3339: text).milliseconds == milliseconds)
    }

    @Test("a leap day is there in leap years only", arguments: [
        ("2024-02-29", true), ("2023-02-29", false), ("2000-02-29", true), ("1900-02-29", false), ("2100-02-29", false),
        ("2400-02-29", true), ("0000-02-29", true), ("0004-02-29", true), ("2024-02-30", false), ("2023-02-28", true),
    ])
    func leapDays(day: String, exists: Bool) {
        #expect(((try? Timestamp(rfc3339: day + "T00:00:00Z")) != nil) == exists)
    }

    @Test("anything else is refused", arguments: [
        "", "2024", "2024-06-01", "2024-06-01T12:00:00", "2024-06-01T12:00Z", "2024-06-01T12Z", "20240601T120000Z", "2024-6-1T12:00:00Z",
        "2024-13-01T12:00:00Z", "2024-00-01T12:00:00Z", "2024-01-00T12:00:00Z", "2024-04-31T12:00:00Z", "2024-01-32T12:00:00Z",
        "2024-06-01T24:00:00Z", "2024-06-01T12:60:00Z", "2024-06-01T12:00:61Z", "2024-06-01T12:00:00.Z", "2024-06-01T12:00:00,5Z",
        "2024-06-01T12:00:00+0200", "2024-06-01T12:00:00+02", "2024-06-01T12:00:00+24:00", "2024-06-01T12:00:00+02:60",
        "2024-06-01T12:00:00+2:00", "2024-06-01T12:00:00 Z", "2024-06-01T12:00:00Z ", " 2024-06-01T12:00:00Z", "2024-06-01T12:00:00ZZ",
        "2024-06-01T12:00:00UTC", "+2024-06-01T12:00:00Z", "-024-06-01T12:00:00Z", "12024-06-01T12:00:00Z", "2024-06-01T12:00:00.1e3Z",
        "2024-06-01T12:00:-1Z", "2024-W22-6T12:00:00Z", "1717243200", "٢٠٢٤-06-01T12:00:00Z", "2024-06-01_12:00:00Z", "2024/06/01T12:00:00Z",
    ])
    func refuses(text: String) {
        #expect(throws: InvalidValue.self) { try Timestamp(rfc3339: text) }
    }

    @Test("a time outside the years 0000 to 9999 is refused, since it could not be written again", arguments: [
        "0000-01-01T00:00:00+00:01", "0000-01-01T12:00:00+23:59", "9999-12-31T23:59:00-00:01", "9999-12-31T23:59:60Z",
    ])
    func refusesWhatCannotBeWritten(text: String) {
        #expect(throws: InvalidValue.self) { try Timestamp(rfc3339: text) }
    }

    @Test("a moment that has no four-digit year is printed as the nearest that has one")
    func printsTheNearest() {
        #expect(Timestamp(milliseconds: .min).description == "0000-01-01T00:00:00.000Z")
        #expect(Timestamp(milliseconds: -62_167_219_200_001).description == "0000-01-01T00:00:00.000Z")
        #expect(Timestamp(milliseconds: 253_402_300_800_000).description == "9999-12-31T23:59:59.999Z")
        #expect(Timestamp(milliseconds: .max).description == "9999-12-31T23:59:59.999Z")
    }

    @Test("more than 64 characters are refused, as the API's limit")
    func tooLong() throws {
        let digits = String(repeating: "1", count: 43)
        #expect(try Timestamp(rfc3339: "1970-01-01T00:00:00.\(digits)Z").milliseconds == 111)
        #expect(throws: InvalidValue.self) { try Timestamp(rfc3339: "1970-01-01T00:00:00.\(digits)1Z") }
    }

    @Test("the error names the text and the form allowed")
    func error() {
        let error = #expect(throws: InvalidValue.self) { try Timestamp(rfc3339: "2024-06-01T12:00:00") }
        #expect(error?.description == "\"2024-06-01T12:00:00\" is not a date-time with time zone, such as 2026-06-01T12:00:00Z (RFC 3339)")
    }

    @Test("what is printed is in UTC with milliseconds and is read back as the same moment")
    func roundTrip() throws {
        #expect(Timestamp(milliseconds: 1_795_375_800_250).description == "2026-11-22T19:30:00.250Z")
        for seed in 0..<10_000 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let time = random.timestamp()
            let read = try Timestamp(rfc3339: time.description)
            if read != time { Issue.record("seed \(seed): \(time) was read as \(read)") }
        }
    }

    @Test("gmtime knows the same calendar")
    func sameAsTheSystem() {
        for seed in 0..<10_000 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let time = random.timestamp()
            let printed = Self.systemDescription(of: time)
            if time.description != printed { Issue.record("seed \(seed): \(time) is \(printed) to the system") }
        }
    }

    private static func systemDescription(of time: Timestamp) -> String {
        var parts = tm()
        let milliseconds = (time.milliseconds % 1000 + 1000) % 1000
        var seconds = time_t((time.milliseconds - milliseconds) / 1000)
        gmtime_r(&seconds, &parts)
        let date = [(Int(parts.tm_year) + 1900, 4), (Int(parts.tm_mon) + 1, 2), (Int(parts.tm_mday), 2)].map(padded)
        let clock = [(Int(parts.tm_hour), 2), (Int(parts.tm_min), 2), (Int(parts.tm_sec), 2)].map(padded)
        return date.joined(separator: "-") + "T" + clock.joined(separator: ":") + "." + padded((Int(milliseconds), 3)) + "Z"
    }

    private static func padded(_ part: (value: Int, digits: Int)) -> String {
        let text = String(part.value)
        return String(repeating: "0", count: max(part.digits - text.count, 0)) + text
    }

    @Test("timegm reads random dates, offsets and impossible days alike")
    func readsAsTheSystem() {
        for seed in 0..<10_000 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let (year, month, day) = (random.int(in: 1...9998), random.int(in: 0...13), random.int(in: 0...32))
            let (hour, minute, second) = (random.int(in: 0...23), random.int(in: 0...59), random.int(in: 0...59))
            let offset = random.int(in: -1439...1439)
            let text = [(year, 4), (month, 2), (day, 2)].map(Self.padded).joined(separator: "-") + "T"
                + [(hour, 2), (minute, 2), (second, 2)].map(Self.padded).joined(separator: ":")
                + (offset < 0 ? "-" : "+") + Self.padded((abs(offset) / 60, 2)) + ":" + Self.padded((abs(offset) % 60, 2))
            var parts = tm()
            (parts.tm_year, parts.tm_mon, parts.tm_mday) = (Int32(year - 1900), Int32(month - 1), Int32(day))
            (parts.tm_hour, parts.tm_min, parts.tm_sec) = (Int32(hour), Int32(minute), Int32(second))
            let seconds = timegm(&parts)
            let exists = Int(parts.tm_mday) == day && Int(parts.tm_mon) == month - 1
            let expected = exists ? (Int64(seconds) - Int64(offset) * 60) * 1000 : nil
            let mine = (try? Timestamp(rfc3339: text))?.milliseconds
            if mine != expected { Issue.record("seed \(seed): \(text) is \(String(describing: mine)), not \(String(describing: expected))") }
        }
    }

    @Test("Foundation prints the same moments of the Gregorian centuries alike")
    func sameAsFoundation() {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        for seed in 0..<1_000 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            // A Double holds quarters of a second exactly, however far the time is from 1970.
            let quarters = Int64.random(in: -46_000_000_000...1_000_000_000_000, using: &random)
            let time = Timestamp(milliseconds: quarters * 250)
            let printed = Date(timeIntervalSince1970: Double(quarters) / 4).formatted(style)
            if quarters < 1_000_000_000_000, time.milliseconds < 253_402_300_800_000, time.description != printed {
                Issue.record("seed \(seed): \(time) is \(printed) to Foundation")
            }
        }
    }

    @Test("moments are compared, moved and subtracted exactly")
    func arithmetic() {
        let time = Timestamp(milliseconds: 1_500)
        #expect(time.adding(seconds: 2) == Timestamp(milliseconds: 3_500))
        #expect(time.adding(seconds: -2) == Timestamp(milliseconds: -500))
        #expect(time.adding(milliseconds: 1) > time)
        #expect(time.since(Timestamp(milliseconds: 500)) == .seconds(1))
        #expect(time.since(Timestamp(milliseconds: 2_500)) == .seconds(-1))
    }
}
