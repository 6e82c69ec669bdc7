/// Rows of characters with dots in them, two across and four down in each.
struct BrailleCanvas {
    /// Characters across and down.
    let width: Int
    let height: Int
    private var cells: [UInt32]

    init(width: Int, height: Int) {
        self.width = width
        self.height = height
        cells = Array(repeating: 0, count: width * height)
    }

    /// What a dot counts in its character, from the top down, left and right.
    private static let weights: [[UInt32]] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]

    /// Sets the dot that is `x` from the left and `y` from the top; dots outside are left out.
    mutating func set(_ x: Int, _ y: Int) {
        guard (0..<width * 2).contains(x), (0..<height * 4).contains(y) else { return }
        cells[y / 4 * width + x / 2] |= Self.weights[y % 4][x % 2]
    }

    /// A line along values that lie one dot apart, from the bottom (0) to the top (1); interrupted where there is none.
    mutating func line(_ positions: [Double?]) {
        var before: Int?
        for (x, position) in positions.enumerated() {
            guard let position else {
                before = nil
                continue
            }
            let y = Int(((1 - position) * Double(height * 4 - 1)).rounded())
            for y in min(y, before ?? y)...max(y, before ?? y) { set(x, y) }
            before = y
        }
    }

    /// The character at a place; `nil` where it has no dots.
    func character(_ column: Int, _ row: Int) -> Character? {
        let dots = cells[row * width + column]
        return dots == 0 ? nil : Unicode.Scalar(0x2800 + dots).map(Character.init)
    }
}
