import Testing

@testable import SessionEngine

@Suite struct KernelRandomTests {
    @Test("no number comes twice, however many tasks ask at once, and each bit is set as often as not")
    func numbers() async {
        let numbers = await withTaskGroup(of: [UInt64].self) { group in
            for _ in 0..<8 {
                group.addTask {
                    var random = KernelRandom()
                    return (0..<5_000).map { _ in random.next() }
                }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(Set(numbers).count == 40_000)
        for bit in 0..<64 {
            let count = numbers.count { $0 >> UInt64(bit) & 1 == 1 }
            // The tolerance is ten standard deviations of 100.
            #expect((19_000...21_000).contains(count), "bit \(bit): \(count)")
        }
    }
}
