import QualityOnDemand
public import Southbound
public import Testing

/// The contract of every network driver, as checks that each driver must pass. The network must program the flows of
/// the checks' devices at once.
public enum NetworkDriverConformance {
    /// One check. Its name is the required behaviour.
    public struct Check: Sendable, CustomTestStringConvertible {
        public let testDescription: String
        let body: @Sendable (any NetworkDriver) async throws -> Void

        init(_ behaviour: String, _ body: @escaping @Sendable (any NetworkDriver) async throws -> Void) {
            self.testDescription = behaviour
            self.body = body
        }

        /// Runs the check over a driver whose network holds nothing.
        public func run(_ driver: any NetworkDriver) async throws {
            try await body(driver)
        }
    }

    /// A different grant for each index.
    public static func grant(_ index: Int, profile: String = "QOS_E") -> Grant {
        Grant(
            session: SessionID(high: 0x0190_0000_0000_7000, low: 0x8000_0000_0000_0000 + UInt64(index)),
            addresses: Fixture.addresses(1000 + index % 1000), flow: Fixture.flow("198.51.100.\(index % 250 + 1)"),
            profile: Fixture.profile(profile))
    }

    public static let checks: [Check] = [
        Check("what is programmed is held, what is released is not") { driver async throws in
            let grants = (0..<10).map { grant($0) }
            #expect(try await driver.program(grants) == Array(repeating: .ready, count: 10))
            #expect(Set(try await driver.held()) == Set(grants.map(\.session)))
            try await driver.release(grants.prefix(4).map(\.session))
            #expect(Set(try await driver.held()) == Set(grants.dropFirst(4).map(\.session)))
            try await driver.release(grants.map(\.session))
            #expect(try await driver.held() == [])
        },
        Check("programming again changes nothing") { driver async throws in
            for _ in 0..<3 { #expect(try await driver.program([grant(1), grant(2)]) == [.ready, .ready]) }
            #expect(try await driver.held().count == 2)
        },
        Check("releasing what is not held is no error") { driver async throws in
            _ = try await driver.program([grant(1)])
            try await driver.release([grant(2).session, grant(1).session, grant(1).session])
            try await driver.release([])
            #expect(try await driver.held() == [])
        },
        Check("no grants, no answers") { driver async throws in
            #expect(try await driver.program([]) == [])
        },
        Check("a session that comes again after its release is held again") { driver async throws in
            for _ in 0..<3 {
                _ = try await driver.program([grant(7)])
                #expect(try await driver.held() == [grant(7).session])
                try await driver.release([grant(7).session])
                #expect(try await driver.held() == [])
            }
        },
        Check("in any order of states the network ends with what was wanted last") { driver async throws in
            var generator = SeededGenerator(seed: 7)
            var wanted: Set<Int> = []
            for _ in 0..<30 {
                let next = Set((0..<12).filter { _ in Bool.random(using: &generator) })
                _ = try await driver.program(next.subtracting(wanted).map { grant($0) })
                try await driver.release(wanted.subtracting(next).map { grant($0).session })
                wanted = next
                #expect(Set(try await driver.held()) == Set(wanted.map { grant($0).session }))
            }
        },
        Check("overlapping flows of a device are all held, with one that yields, and can be programmed and released in any order") {
            driver async throws in
            let servers = ["198.51.100.7", "198.51.100.0/24", "198.51.100.7", "0.0.0.0/0"]
            var grants = servers.enumerated().map { index, server in
                Grant(
                    session: grant(index).session, addresses: Fixture.addresses(), flow: Fixture.flow(server), profile: Fixture.profile("QOS_E"))
            }
            grants.append(Grant(
                session: grant(9).session, addresses: Fixture.addresses(), flow: .everything, profile: Fixture.profile("QOS_E"), yields: true))
            for order in [[0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [2, 4, 0, 3, 1]] {
                for index in order { #expect(try await driver.program([grants[index]]) == [.ready]) }
                #expect(Set(try await driver.held()) == Set(grants.map(\.session)))
                #expect(try await driver.program(grants) == grants.map { _ in .ready })
                try await driver.release([grants[order[1]].session, grants[order[3]].session])
                #expect(try await driver.held().count == 3)
                try await driver.release(grants.map(\.session))
                #expect(try await driver.held() == [])
            }
        },
        Check("a session whose device has other addresses is held once") { driver async throws in
            let first = grant(1)
            _ = try await driver.program([first])
            let moved = Grant(session: first.session, addresses: Fixture.addresses(1500), flow: first.flow, profile: first.profile)
            #expect(try await driver.program([moved]) == [.ready])
            #expect(try await driver.held() == [first.session])
            try await driver.release([first.session])
            #expect(try await driver.held() == [])
        },
        Check("every order has its own result, in the order of the orders") { driver async throws in
            let orders = [grant(1).order(), Order(generation: 1, wish: .release(grant(2).session)), grant(3).order()]
            let results = await driver.apply(orders)
            #expect(results.count == 3)
            #expect(try results[1].get() == .released)
            for index in [0, 2] { if case .success(.ready) = results[index] {} else { Issue.record("\(results[index])") } }
            #expect(try await driver.held() == [grant(1).session, grant(3).session])
            #expect(await driver.apply([]).isEmpty)
        },
        Check("the inventory has the generation and the fingerprint of the last order") { driver async throws in
            for generation in [1, 2, 7] as [Int64] {
                let order = grant(1).order(generation: generation, rank: 5)
                _ = await driver.apply([order])
                let held = try await driver.inventory()
                #expect(held.map(\.session) == [order.session])
                #expect(held.map(\.generation) == [generation])
                #expect(held.map(\.fingerprint) == [order.fingerprint])
            }
            let other = grant(1, profile: "QOS_S").order(generation: 8, rank: 5)
            _ = await driver.apply([other])
            #expect(try await driver.inventory().map(\.fingerprint) == [other.fingerprint])
        },
        Check("an order of an older generation changes nothing") { driver async throws in
            let order = grant(1).order(generation: 5)
            _ = await driver.apply([order])
            let moved = Grant(
                session: order.session, addresses: Fixture.addresses(1500), flow: grant(1).flow, profile: grant(1).profile)
            let late = [moved.order(generation: 4), Order(generation: 4, wish: .release(order.session))]
            for order in late { #expect(try await driver.apply([order])[0].get() == .outdated) }
            #expect(try await driver.inventory().map(\.fingerprint) == [order.fingerprint])
            #expect(try await driver.apply([Order(generation: 5, wish: .release(order.session))])[0].get() == .released)
            #expect(try await driver.held() == [])
        },
        Check("the inventory comes in pages, in the order of the ids, without gaps") { driver async throws in
            let grants = (0..<23).map { grant($0) }
            _ = try await driver.program(grants.shuffled())
            for page in [1, 7, 23, 24] { #expect(try await driver.inventory(page: page).map(\.session) == grants.map(\.session)) }
            #expect(try await driver.inventory(after: grants[22].session, limit: 5) == [])
        },
        Check("the higher rank has the traffic, whatever the order of the ids") { driver async throws in
            let flow = Fixture.flow("198.51.100.7")
            let grants = (0..<3).map { index in
                Grant(
                    session: grant(index).session, addresses: Fixture.addresses(), flow: flow, profile: Fixture.profile("QOS_E"))
            }
            let orders = zip(grants, [3, 1, 2] as [Int64]).map { $0.order(rank: $1) }
            for order in orders {
                if case .success(.ready) = await driver.apply([order])[0] {} else { Issue.record("not ready") }
            }
            #expect(try await driver.inventory().map(\.fingerprint) == orders.map(\.fingerprint))
        },
        Check("many tasks at once do not lose one another's work") { driver async throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<40 {
                    group.addTask {
                        _ = try await driver.program([grant(index)])
                        if index.isMultiple(of: 2) { try await driver.release([grant(index).session]) }
                    }
                }
                try await group.waitForAll()
            }
            #expect(Set(try await driver.held()) == Set((0..<40).filter { !$0.isMultiple(of: 2) }.map { grant($0).session }))
        },
    ]
}
