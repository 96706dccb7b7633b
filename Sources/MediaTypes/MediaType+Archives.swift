extension MediaType {
    /// A ZIP archive, or the kind of document that is packed as one.
    static func zip(_ content: Content) -> String? {
        guard content.has("PK\u{03}\u{04}") || content.has("PK\u{05}\u{06}") || content.has("PK\u{07}\u{08}") else { return nil }
        return declared(content) ?? contained(ZipNames(content).names) ?? "application/zip"
    }

    /// OpenDocument and EPUB put their type, not compressed, into the first file of the archive.
    private static func declared(_ content: Content) -> String? {
        guard content.has("mimetype", at: 30), let length = content.little32(18), (1...100).contains(length),
            content.little16(26) == 8, let extra = content.little16(28), let type = content.text(38 + extra..<38 + extra + length)
        else { return nil }
        let kinds = ["application/vnd.oasis.opendocument.", "application/epub+zip", "application/vnd.sun.xml."]
        let plain = type.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || "./+-".utf8.contains($0) }
        return plain && kinds.contains(where: type.hasPrefix) ? type : nil
    }

    private static func contained(_ names: Set<String>) -> String? {
        let openXML = "application/vnd.openxmlformats-officedocument."
        let macros = names.contains { $0.hasSuffix("/vbaProject.bin") }
        if names.contains("[Content_Types].xml") {
            if names.contains("word/document.xml") {
                return macros ? "application/vnd.ms-word.document.macroEnabled.12" : openXML + "wordprocessingml.document"
            }
            if names.contains("xl/workbook.bin") { return "application/vnd.ms-excel.sheet.binary.macroEnabled.12" }
            if names.contains("xl/workbook.xml") {
                return macros ? "application/vnd.ms-excel.sheet.macroEnabled.12" : openXML + "spreadsheetml.sheet"
            }
            if names.contains("ppt/presentation.xml") {
                return macros
                    ? "application/vnd.ms-powerpoint.presentation.macroEnabled.12" : openXML + "presentationml.presentation"
            }
            if names.contains("visio/document.xml") { return "application/vnd.ms-visio.drawing.main+xml" }
            if names.contains("3D/3dmodel.model") { return "model/3mf" }
            if names.contains(where: { $0.hasSuffix(".fdseq") }) { return "application/oxps" }
        }
        if names.contains("AndroidManifest.xml") { return "application/vnd.android.package-archive" }
        if names.contains("META-INF/MANIFEST.MF") { return "application/java-archive" }
        return nil
    }
}

/// The names of an archive's files, from the directory at its end.
private struct ZipNames {
    private static let longestDirectory = 1 << 20
    private static let longestEnd = 22 + 65_535

    private(set) var names: Set<String> = []

    init(_ content: Content) {
        let start = max(0, content.size - Self.longestEnd)
        let tail = content.read(start, Self.longestEnd)
        guard let end = Self.end(tail), let length = tail.little(end + 12, 4), let place = tail.little(end + 16, 4) else { return }
        let directory = content.read(place, min(length, Self.longestDirectory))
        var entry = 0
        while directory.little(entry, 4) == 0x0201_4B50, let name = directory.little(entry + 28, 2),
            let extra = directory.little(entry + 30, 2), let comment = directory.little(entry + 32, 2),
            entry + 46 + name <= directory.count
        {
            names.insert(String(decoding: directory[entry + 46..<entry + 46 + name], as: UTF8.self))
            entry += 46 + name + extra + comment
        }
    }

    /// The record that says it is the end, followed by a comment of just the length that it gives.
    private static func end(_ tail: [UInt8]) -> Int? {
        stride(from: tail.count - 22, through: 0, by: -1).first { index in
            tail.little(index, 4) == 0x0605_4B50 && tail.little(index + 20, 2) == tail.count - index - 22
        }
    }
}
