/// Columns of text, aligned.
struct Table {
    struct Column {
        var title: String
        /// How far the column may be cut where the page is too narrow; `nil` means not at all.
        var least: Int?
        /// Whether the column may be left out where cutting is not enough.
        var mayGo: Bool

        init(_ title: String, least: Int? = nil, mayGo: Bool = false) {
            self.title = title
            self.least = least
            self.mayGo = mayGo
        }
    }

    let columns: [Column]
    let rows: [[Cell]]

    private static let gap = "  "
    func text(on page: Page) -> String {
        let widths = widths(within: page.width)
        let header = line(columns.map { Cell($0.title, .quiet) }, widths, page)
        return ([header] + rows.map { line($0, widths, page) }).joined(separator: "\n")
    }

    /// The width of each column; `nil` for those that are left out.
    private func widths(within limit: Int?) -> [Int?] {
        var widths: [Int?] = columns.indices.map { index in
            rows.reduce(TextWidth.of(columns[index].title)) { max($0, TextWidth.of($1[index].text)) }
        }
        guard let limit else { return widths }
        var excess: Int { widths.compactMap { $0.map { $0 + Self.gap.count } }.reduce(0, +) - Self.gap.count - limit }
        // The last first: what matters most stands first.
        for index in columns.indices.reversed() where excess > 0 {
            let (column, width) = (columns[index], widths[index] ?? 0)
            if let least = column.least { widths[index] = max(width - excess, min(width, least)) }
            if column.mayGo, excess > 0 { widths[index] = nil }
        }
        return widths
    }

    private func line(_ cells: [Cell], _ widths: [Int?], _ page: Page) -> String {
        let shown = zip(cells, widths).compactMap { cell, width in width.map { (cell, width: $0) } }
        var line = ""
        for (index, (cell, width)) in shown.enumerated() {
            let text = TextWidth.cut(cell.text, to: width)
            line += cell.tone.apply(to: text, on: page)
            guard index < shown.count - 1 else { break }
            line += TextWidth.spaces(width - TextWidth.of(text)) + Self.gap
        }
        // An empty last cell leaves no blanks behind.
        while line.last == " " { line.removeLast() }
        return line
    }
}

/// Names and values below each other, for one thing with many properties.
struct Fields {
    let fields: [(name: String, value: Cell)]

    /// Those that have a value.
    init(_ fields: [(String, Cell?)]) {
        self.fields = fields.compactMap { name, value in value.map { (name, $0) } }
    }

    func text(on page: Page) -> String {
        let width = fields.map { TextWidth.of($0.name) }.max() ?? 0
        return fields.map { name, value in
            Tone.quiet.apply(to: name, on: page) + TextWidth.spaces(width - TextWidth.of(name) + 2) + value.tone.apply(to: value.text, on: page)
        }.joined(separator: "\n")
    }
}
