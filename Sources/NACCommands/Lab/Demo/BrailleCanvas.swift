/// A canvas of characters with dots. Each character has two columns and four rows of dots.
struct BrailleCanvas {
    /// The size in characters.
    let width: Int
    let height: Int
    private var cells: [UInt32]

    init(width: Int, height: Int) {
        self.width = width
        self.height = height
        cells = Array(repeating: 0, count: width * height)
    }

    /// The bit of each dot in a character: the rows from top to bottom, each with its left and its right dot.
    private static let weights: [[UInt32]] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]

    /// Sets the dot that is `x` from the left and `y` from the top. A dot outside the canvas is ignored.
    mutating func set(_ x: Int, _ y: Int) {
        guard (0..<width * 2).contains(x), (0..<height * 4).contains(y) else { return }
        cells[y / 4 * width + x / 2] |= Self.weights[y % 4][x % 2]
    }

    /// Draws a line through positions that are one dot apart, from the bottom (0) to the top (1). `nil` interrupts
    /// the line.
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

    /// The character at a column and row; `nil` if the character has no dots.
    func character(_ column: Int, _ row: Int) -> Character? {
        let dots = cells[row * width + column]
        return dots == 0 ? nil : Unicode.Scalar(0x2800 + dots).map(Character.init)
    }
}
