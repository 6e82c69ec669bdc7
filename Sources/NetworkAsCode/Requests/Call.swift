#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A request before its authorisation, with the facts that decide how it is sent.
struct Call: Sendable {
    var method: String
    var url: URL
    var headers: HeaderFields = [:]
    var body: [UInt8]?
    var contentType = "application/json"
    var safety: RepeatSafety = .safe
    /// The uptime at which the whole call must have ended.
    var deadline: Duration?
}

/// An answer, with facts about the attempts before it.
struct Answer: Sendable {
    let response: TransportResponse
    let xCorrelator: String
    let retryAfter: Duration?
    /// Whether an earlier attempt of the same call may have done its work at the server.
    let mayHaveActedBefore: Bool
    /// The secrets that authorised the request. Messages from the server must not repeat them.
    let secrets: [Secret]

    var isSuccess: Bool { (200...299).contains(response.status) }
}

/// Random UUIDs (version 4) as text.
enum UUIDText {
    static func make(_ random: @Sendable () -> UInt64) -> String {
        let high = random() & 0xffff_ffff_ffff_0fff | 0x4000
        let low = random() & 0x3fff_ffff_ffff_ffff | 0x8000_0000_0000_0000
        let digits = hexadecimal(high) + hexadecimal(low)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if [8, 12, 16, 20].contains(index) { text += "-" }
            text.append(digit)
        }
        return text
    }

    /// The UUID in a text that contains exactly one; `nil` if the text contains none or several different ones.
    static func only(in text: String) -> String? {
        let pieces = text.split { !$0.isHexDigit && $0 != "-" }.filter(isUUID)
        return Set(pieces).count == 1 ? pieces.first.map(String.init) : nil
    }

    private static func isUUID(_ text: Substring) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        return parts.map(\.utf8.count) == [8, 4, 4, 4, 12] && parts.joined().allSatisfy(\.isHexDigit)
    }

    private static func hexadecimal(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
