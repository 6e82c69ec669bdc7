import Foundation

/// Text files as editors write them.
enum TextFile {
    /// The text of a file, without its byte order mark.
    ///
    /// UTF-8 is accepted with and without a mark. UTF-16 is accepted with a mark only, as some editors and shells
    /// write it.
    ///
    /// - Throws: ``SettingError`` that does not name the file.
    static func text(_ bytes: [UInt8]) throws(SettingError) -> String {
        let text: String? =
            if bytes.starts(with: [0xef, 0xbb, 0xbf]) {
                String(validating: bytes.dropFirst(3), as: UTF8.self)
            } else if bytes.starts(with: [0xff, 0xfe]) || bytes.starts(with: [0xfe, 0xff]) {
                utf16(bytes)
            } else {
                String(validating: bytes, as: UTF8.self)
            }
        guard let text else { throw SettingError("is not text in UTF-8") }
        return text
    }

    /// The text of the file at a path.
    ///
    /// - Throws: ``SettingError`` that begins with the path.
    static func read(_ path: String) throws(SettingError) -> String {
        guard let data = FileManager.default.contents(atPath: path) else { throw SettingError("\(path): cannot be read; is it there?") }
        do { return try text(Array(data)) } catch { throw SettingError("\(path): \(error)") }
    }

    private static func utf16(_ bytes: [UInt8]) -> String? {
        guard bytes.count % 2 == 0 else { return nil }
        let isLittleEndian = bytes[0] == 0xff
        let units = stride(from: 2, to: bytes.count, by: 2).map { index in
            let (first, second) = (UInt16(bytes[index]), UInt16(bytes[index + 1]))
            return isLittleEndian ? second << 8 | first : first << 8 | second
        }
        return String(validating: units, as: UTF16.self)
    }
}
