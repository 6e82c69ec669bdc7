import QoDTestSupport
import QualityOnDemand
import SessionEngine
import Southbound
import Testing

@testable import LinuxNetwork

@Suite("Devices and their leases")
struct DeviceTableTests {
    private let mac = "02:00:00:00:00:01"

    private func found(_ entries: [DeviceEntry], _ leases: [Lease], at seconds: Int64 = 1000) throws -> NetworkAddresses? {
        try Entries.table(entries, leases, at: seconds).device(PhoneNumber(Entries.phone))?.addresses
    }

    @Test("a lease of the entry's interface or name gives the addresses that the entry does not name")
    func given() throws {
        let leases = [
            try Entries.lease("10.45.0.7", mac: mac), try Entries.lease("2001:db8:45::7", mac: mac), try Entries.lease("10.45.0.8", host: "Cam-2.site."),
        ]
        #expect(try found([Entries.entry(phone: Entries.phone, mac: mac)], leases) == Entries.addresses("10.45.0.7", "2001:db8:45::7"))
        #expect(try found([Entries.entry(phone: Entries.phone, host: "cam-2.site")], leases) == Entries.addresses("10.45.0.8"))
        #expect(try found([Entries.entry(phone: Entries.phone, ipv4: "10.45.0.2", mac: mac)], leases) == Entries.addresses("10.45.0.2", "2001:db8:45::7"))
        #expect(try found([Entries.entry(phone: Entries.phone, host: "cam-2")], leases) == Entries.addresses())
    }

    @Test("leases that are over do not count, and the table says when the next one is")
    func expired() throws {
        let leases = [try Entries.lease("10.45.0.7", mac: mac, until: 2000), try Entries.lease("2001:db8:45::7", mac: mac, until: nil)]
        let entries = [try Entries.entry(phone: Entries.phone, mac: mac)]
        #expect(try Entries.table(entries, leases).expiresAt == Timestamp(milliseconds: 2_000_000))
        #expect(try found(entries, leases, at: 1999) == Entries.addresses("10.45.0.7", "2001:db8:45::7"))
        #expect(try found(entries, leases, at: 2000) == Entries.addresses(nil, "2001:db8:45::7"))
    }

    @Test("of several leases the interface's goes before the name's, and the newest before older ones, in whatever order they come")
    func several() throws {
        let entries = [try Entries.entry(phone: Entries.phone, mac: mac, host: "cam")]
        let newest = try Entries.lease("10.45.0.9", mac: mac, host: "cam", until: 3000)
        let leases = [try Entries.lease("10.45.0.7", mac: mac, until: 2000), newest, try Entries.lease("10.45.0.8", host: "cam", until: 9000)]
        for order in [leases, leases.reversed(), [leases[1], leases[2], leases[0]]] {
            #expect(try found(entries, order) == Entries.addresses("10.45.0.9"))
        }
        let endless = try Entries.lease("10.45.0.5", mac: mac, until: nil)
        #expect(try found(entries, leases + [endless]) == Entries.addresses("10.45.0.5"))
    }

    @Test("an address that an entry names is never another one's, whatever a lease says")
    func claimed() throws {
        let entries = [try Entries.entry(phone: "+3612345678", ipv4: "10.45.0.7"), try Entries.entry(phone: Entries.phone, mac: mac)]
        let table = try Entries.table(entries, [Entries.lease("10.45.0.7", mac: mac)])
        #expect(table.device(at: try IPv4Address("10.45.0.7"))?.key == DeviceKey("phone:+3612345678"))
        #expect(try found(entries, [Entries.lease("10.45.0.7", mac: mac)]) == Entries.addresses())
    }

    @Test("an address that two leases give belongs to the newer one's device")
    func leasedAgain() throws {
        let entries = [try Entries.entry(phone: Entries.phone, mac: mac), try Entries.entry(phone: "+3612345678", mac: "02:00:00:00:00:02")]
        let leases = [try Entries.lease("10.45.0.7", mac: mac, until: 2000), try Entries.lease("10.45.0.7", mac: "02:00:00:00:00:02", until: 3000)]
        let table = try Entries.table(entries, leases)
        #expect(table.device(at: try IPv4Address("10.45.0.7"))?.key == DeviceKey("phone:+3612345678"))
        #expect(try found(entries, leases) == Entries.addresses())
    }

    @Test("a device that is away keeps its addresses until somebody else has them")
    func away() throws {
        let entries = [try Entries.entry(phone: Entries.phone, mac: mac), try Entries.entry(phone: "+3612345678", mac: "02:00:00:00:00:02")]
        let former = try Entries.addresses("10.45.0.7", "2001:db8:45::7")
        let key = DeviceKey("phone:\(Entries.phone)")
        #expect(try Entries.table(entries).addresses(of: key, formerly: former) == former)
        let taken = try Entries.table(entries, [Entries.lease("10.45.0.7", mac: "02:00:00:00:00:02")])
        #expect(try taken.addresses(of: key, formerly: former) == Entries.addresses(nil, "2001:db8:45::7"))
        let back = try Entries.table(entries, [Entries.lease("10.45.0.9", mac: mac)])
        #expect(try back.addresses(of: key, formerly: former) == Entries.addresses("10.45.0.9", "2001:db8:45::7"))
    }

    @Test("an entry without leases has just the addresses that it names, and one that is gone those that nobody else has")
    func byHand() throws {
        let table = try Entries.table([try Entries.entry(phone: Entries.phone, ipv6: "2001:db8:45::7"), try Entries.entry(name: Entries.name, ipv4: "10.45.0.8")])
        let former = try Entries.addresses("10.45.0.7", "2001:db8:45::1")
        #expect(try table.addresses(of: DeviceKey("phone:\(Entries.phone)"), formerly: former) == Entries.addresses(nil, "2001:db8:45::7"))
        #expect(table.addresses(of: DeviceKey("phone:+3699999999"), formerly: former) == former)
        #expect(try table.addresses(of: DeviceKey("nai:gone@site.example"), formerly: Entries.addresses("10.45.0.8")) == Entries.addresses())
    }

    @Test("an address that stands for itself stays, whoever has it")
    func itself() throws {
        let table = try Entries.table([try Entries.entry(phone: Entries.phone, ipv4: "10.45.0.8")])
        for address in ["10.45.0.8", "10.45.0.9"] {
            #expect(try table.addresses(of: DeviceKey(address), formerly: Entries.addresses(address)) == Entries.addresses(address))
        }
        // An entry with addresses only has its first address as key, and the key moves with the address.
        let nameless = try Entries.table([try Entries.entry(ipv4: "10.45.0.8", ipv6: "2001:db8:45::8")])
        #expect(try nameless.addresses(of: DeviceKey("10.45.0.8"), formerly: Entries.addresses("10.45.0.8")) == Entries.addresses("10.45.0.8", "2001:db8:45::8"))
    }

    @Test("an entry that says more than before is found by the key that it had")
    func formerKeys() throws {
        let table = try Entries.table([try Entries.entry(phone: Entries.phone, name: Entries.name, ipv4: "10.45.0.8", mac: mac, host: "Cam")])
        for key in ["phone:\(Entries.phone)", "nai:\(Entries.name)", "mac:\(mac)", "host:cam"] {
            #expect(try table.addresses(of: DeviceKey(key), formerly: Entries.addresses("10.45.0.1")).ipv4 == IPv4Address("10.45.0.8"))
        }
        for key in ["phone:", "phone:x", "mac:1", "imsi:1", ":", ""] {
            #expect(try table.addresses(of: DeviceKey(key), formerly: Entries.addresses("10.45.0.1")) == Entries.addresses("10.45.0.1"))
        }
    }

    @Test("what changed is told by all keys of the entry, with what it was and is")
    func changes() throws {
        let stays = try Entries.entry(phone: "+3612345678", ipv4: "10.45.0.3")
        let old = try Entries.table([Entries.entry(phone: Entries.phone, name: Entries.name, ipv4: "10.45.0.2"), stays, Entries.entry(ipv4: "10.45.0.9")])
        let new = try Entries.table([stays, Entries.entry(phone: Entries.phone, name: Entries.name, ipv4: "10.45.0.4")])
        let changes = Set(new.changes(since: old))
        #expect(changes == [
            DeviceTable.Change(
                keys: [DeviceKey("phone:\(Entries.phone)"), DeviceKey("nai:\(Entries.name)")], before: try Entries.addresses("10.45.0.2"),
                after: try Entries.addresses("10.45.0.4")),
            DeviceTable.Change(keys: [DeviceKey("10.45.0.9")], before: try Entries.addresses("10.45.0.9"), after: nil),
        ])
        #expect(new.changes(since: new).isEmpty)
    }
}
