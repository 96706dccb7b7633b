/// The media type of a document by its content; its name is never looked at.
package enum MediaType {
    /// Nil for what no binary format knows: it is text, or nothing that has a name.
    package static func recognize(_ content: Content) -> String? {
        // The most telling first: what begins with a few common bytes is asked last.
        if let signature = Signature.all.first(where: { content.has($0.bytes, at: $0.offset) }) { return signature.type }
        let formats: [(Content) -> String?] = [
            zip, compoundFile, riff, isoMedia, matroska, ogg, interchange, program, portableDocument, bitmap, icon, portablePixels,
            bzip2, transportStream, mpegAudio,
        ]
        for format in formats {
            if let type = format(content) { return type }
        }
        return nil
    }

    /// `%PDF-` may stand behind other bytes (ISO 32000-1, annex H.3.4.1: within the first 1024).
    private static func portableDocument(_ content: Content) -> String? {
        content.head.firstIndex(of: "%PDF-", before: 1024) == nil ? nil : "application/pdf"
    }

    private static func bzip2(_ content: Content) -> String? {
        guard content.has("BZh"), content.head.count > 4, (0x31...0x39).contains(content.head[3]) else { return nil }
        // The first block, or the end of an empty file: decimals of pi and of its square root.
        return content.has("1AY&SY", at: 4) || content.has("\u{17}rE8P\u{90}", at: 4) ? "application/x-bzip2" : nil
    }

    private static func program(_ content: Content) -> String? {
        if content.has("\u{7F}ELF"), content.head.count > 18, let kind = content.little16(content.head[5] == 2 ? 15 : 16) {
            // Big-endian files have the low byte second.
            switch content.head[5] == 2 ? Int(content.head[17]) : kind {
            case 1: return "application/x-object"
            case 4: return "application/x-coredump"
            default: return "application/x-executable"
            }
        }
        if content.has("MZ"), let place = content.little32(60), content.has("PE\0\0", at: place) {
            return "application/vnd.microsoft.portable-executable"
        }
        // A class file's version is at least 45; a universal program has fewer architectures than that.
        if content.has("\u{CA}\u{FE}\u{BA}\u{BE}"), let version = content.big32(4) {
            return version & 0xFFFF >= 45 ? "application/java-vm" : "application/x-mach-binary"
        }
        return nil
    }

    /// `BM` alone is too little: the size of the second header must be one that exists.
    private static func bitmap(_ content: Content) -> String? {
        guard content.has("BM"), let header = content.little32(14) else { return nil }
        return [12, 16, 40, 52, 56, 64, 108, 124].contains(header) ? "image/bmp" : nil
    }

    private static func icon(_ content: Content) -> String? {
        guard content.has("\0\0"), let kind = content.little16(2), kind == 1 || kind == 2 else { return nil }
        guard let count = content.little16(4), (1...255).contains(count), content.head.count > 21, content.head[9] == 0,
            let place = content.little32(18), place >= 6 + 16 * count, place < content.size
        else { return nil }
        return kind == 1 ? "image/vnd.microsoft.icon" : "image/x-win-bitmap"
    }

    private static func portablePixels(_ content: Content) -> String? {
        guard content.head.count > 3, content.head[0] == UInt8(ascii: "P") else { return nil }
        guard [0x20, 0x09, 0x0A, 0x0D].contains(content.head[2]), (0x23...0x39).contains(content.head[3]) else { return nil }
        switch content.head[1] {
        case UInt8(ascii: "1"), UInt8(ascii: "4"): return "image/x-portable-bitmap"
        case UInt8(ascii: "2"), UInt8(ascii: "5"): return "image/x-portable-graymap"
        case UInt8(ascii: "3"), UInt8(ascii: "6"): return "image/x-portable-pixmap"
        default: return nil
        }
    }
}
