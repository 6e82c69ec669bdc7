import QualityOnDemand

extension FilterText {
    /// A map in the table, or a part of one. A map of intervals is divided by device, because a packet is compared
    /// with each key of its part. With all keys in one map, every session would make every packet and every change
    /// slower.
    struct Part: Hashable, Sendable {
        let map: Map
        /// `nil` if the map is not divided.
        let number: Int?
        /// How many bits of an IPv6 address belong to the device; `nil` for devices that are single addresses.
        let prefixLength: Int?

        /// The number of parts of a divided map: with 10,000 keys, the keys of a part fit into five words of the
        /// processor.
        static let count = 32
        /// The parts that the table always has: for devices that are single addresses.
        static let all = Part.all(prefixLength: nil)

        /// All parts for devices with prefixes of one length.
        static func all(prefixLength: Int?) -> [Part] {
            Map.allCases.filter { prefixLength == nil || $0.key.family == .ipv6 }.flatMap { map in
                (map.key.isInterval ? (0..<count).map { $0 } : [nil]).map { Part(map: map, number: $0, prefixLength: prefixLength) }
            }
        }

        init(map: Map, number: Int?, prefixLength: Int? = nil) {
            (self.map, self.number, self.prefixLength) = (map, number, prefixLength)
        }

        /// The part that a match belongs to.
        init(_ match: TrafficMatch) {
            let map = Map(match)
            self.init(
                map: map, number: map.key.isInterval ? match.device.part : nil,
                prefixLength: match.device.isSingleAddress ? nil : match.device.prefixLength)
        }

        /// - Returns: `nil` for a set that is no such map.
        init?(name: String) {
            let pieces = name.split(separator: "-")
            guard let map = pieces.first.flatMap({ Map(rawValue: String($0)) }) else { return nil }
            var numbers = pieces.dropFirst().compactMap { Int($0) }
            let number = map.key.isInterval ? numbers.popLast() : nil
            self.init(map: map, number: number, prefixLength: numbers.popLast())
            // The name must have no other parts, and no other spelling.
            guard self.name == name, (number != nil) == map.key.isInterval, number.map({ (0..<Self.count).contains($0) }) ?? true,
                prefixLength.map({ map.key.family == .ipv6 && (0..<128).contains($0) }) ?? true
            else { return nil }
        }

        var name: String { ([map.rawValue] + [prefixLength, number].compactMap { $0.map(String.init) }).joined(separator: "-") }

        func rule(_ direction: Direction) -> String { map.rule(direction, in: name, prefixLength: prefixLength) }

        /// The chains of a direction's parts, and the rule that leads each packet to the chain of its device.
        static func chains(_ direction: Direction, prefixLength: Int?) -> (text: String, rules: [String]) {
            var (text, rules) = ("", [String]())
            for (family, maps) in [(IPFamily.ipv4, [Map.subnets4, .ports4]), (.ipv6, [.subnets6, .ports6])] {
                if prefixLength != nil, family == .ipv4 { continue }
                let name = "\(direction)\(family.rawValue)" + (prefixLength.map { "-\($0)" } ?? "")
                for number in 0..<count {
                    text += FilterText.chain("\(name)-\(number)", maps.map { map in
                        let rule = Part(map: map, number: number, prefixLength: prefixLength).rule(direction)
                        return map.hasPorts ? "\(FilterText.hasPorts) \(rule)" : rule
                    })
                }
                let verdicts = (0..<count).map { "\($0) : jump \(name)-\($0)" }.joined(separator: ", ")
                let hash = "jhash \(FilterText.deviceField(family, direction, prefixLength)) mod \(count) seed 0x\(String(seed, radix: 16))"
                rules.append("meta nfproto ipv\(family.rawValue) \(hash) vmap { \(verdicts) }")
            }
            return (text, rules)
        }

        fileprivate static let seed: UInt32 = 0x4e41

        /// Deletes the undivided maps of an earlier version, after the rules that used them are gone.
        static var formerMaps: String {
            Map.allCases.filter(\.key.isInterval).map { map in
                "add map \(table) \(map.rawValue) { \(map.type) : classid; flags interval; }\ndelete map \(table) \(map.rawValue)\n"
            }.joined()
        }
    }

    /// Packets of other protocols have other data in the place of TCP's and UDP's ports.
    static let hasPorts = "meta l4proto { tcp, udp }"

    /// The field of a packet that holds the device's address, or so many bits of the address.
    static func deviceField(_ family: IPFamily, _ direction: Direction, _ prefixLength: Int?) -> String {
        let field = (family == .ipv4 ? "ip" : "ip6") + (direction == .downlink ? " daddr" : " saddr")
        guard let prefixLength else { return field }
        return "\(field) & \(IPSubnet.containing(IPv6Address(high: .max, low: .max), prefixLength: prefixLength).firstAddress)"
    }
}

extension IPSubnet {
    /// The part for a device, by nftables' `jhash` of the address in a packet.
    fileprivate var part: Int {
        let hash = JenkinsHash.of(lowest, seed: FilterText.Part.seed)
        return Int((UInt64(hash) * UInt64(FilterText.Part.count)) >> 32)
    }
}

/// Bob Jenkins' hash `lookup3`, of the bytes of an address: `jhash` in nftables and in the kernel.
enum JenkinsHash {
    /// - Parameter bytes: read as words in the machine's own byte order; the number of bytes must be a multiple of
    ///   four.
    static func of(_ bytes: [UInt8], seed: UInt32) -> UInt32 {
        var words = stride(from: 0, to: bytes.count, by: 4).map { offset in
            bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: UInt32.self) }
        }[...]
        let start = 0xdead_beef &+ UInt32(bytes.count) &+ seed
        var (a, b, c) = (start, start, start)
        while words.count > 3 {
            a &+= words.removeFirst()
            b &+= words.removeFirst()
            c &+= words.removeFirst()
            mix(&a, &b, &c)
        }
        guard let first = words.first else { return c }
        a &+= first
        b &+= words.dropFirst().first ?? 0
        c &+= words.dropFirst(2).first ?? 0
        finish(&a, &b, &c)
        return c
    }

    private static func mix(_ a: inout UInt32, _ b: inout UInt32, _ c: inout UInt32) {
        for shifts in [(4, 6, 8), (16, 19, 4)] as [(UInt32, UInt32, UInt32)] {
            a = (a &- c) ^ c.rotated(shifts.0)
            c &+= b
            b = (b &- a) ^ a.rotated(shifts.1)
            a &+= c
            c = (c &- b) ^ b.rotated(shifts.2)
            b &+= a
        }
    }

    private static func finish(_ a: inout UInt32, _ b: inout UInt32, _ c: inout UInt32) {
        c = (c ^ b) &- b.rotated(14)
        a = (a ^ c) &- c.rotated(11)
        b = (b ^ a) &- a.rotated(25)
        c = (c ^ b) &- b.rotated(16)
        a = (a ^ c) &- c.rotated(4)
        b = (b ^ a) &- a.rotated(14)
        c = (c ^ b) &- b.rotated(24)
    }
}

extension UInt32 {
    fileprivate func rotated(_ bits: UInt32) -> UInt32 { self << bits | self >> (32 - bits) }
}
