/// Suggests the word that a user probably meant with a mistyped one.
public enum Suggestion {
    /// The nearest of the words; `nil` if no word is near. Short texts allow one slip, longer texts two or three. Case
    /// does not count.
    public static func nearest(to text: String, in words: [String]) -> String? {
        let typed = Array(text.lowercased().utf8.prefix(100))
        let allowed = typed.count < 5 ? 1 : typed.count < 12 ? 2 : 3
        let near = words.map { ($0, distance(typed, Array($0.lowercased().utf8))) }.filter { $0.1 <= allowed }
        return near.min { $0.1 < $1.1 }?.0
    }

    /// The number of letters to change, add, leave out, or swap with the next letter.
    private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
        var rows = [Array(0...b.count)]
        for i in 1...a.count {
            var row = [i]
            for j in 1...b.count {
                var least = min(rows[i - 1][j] + 1, row[j - 1] + 1, rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { least = min(least, rows[i - 2][j - 2] + 1) }
                row.append(least)
            }
            rows.append(row)
        }
        return rows[a.count][b.count]
    }
}
