/// A table of texts in aligned columns.
struct Table {
    struct Column {
        var title: String
        /// The smallest width that the column may be cut to if the page is too narrow; `nil` forbids cutting.
        var least: Int?
        /// Whether the column may be left out if cutting is not enough.
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

    /// The width of each column; `nil` for a column that is left out.
    private func widths(within limit: Int?) -> [Int?] {
        var widths: [Int?] = columns.indices.map { index in
            rows.reduce(TextWidth.of(columns[index].title)) { max($0, TextWidth.of($1[index].text)) }
        }
        guard let limit else { return widths }
        var excess: Int { widths.compactMap { $0.map { $0 + Self.gap.count } }.reduce(0, +) - Self.gap.count - limit }
        // The last column shrinks first, because the most important columns stand first.
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
        // An empty last cell must not leave blanks at the end of the line.
        while line.last == " " { line.removeLast() }
        return line
    }
}

/// Names and values in lines below each other, for one object with many properties.
struct Fields {
    let fields: [(name: String, value: Cell)]

    /// Keeps the fields that have a value.
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
