extension MediaType {
    /// Resource Interchange File Format: the kind stands behind the size.
    static func riff(_ content: Content) -> String? {
        guard content.has("RIFF") || content.has("RIFX") || content.has("RF64") else { return nil }
        let kinds = ["WEBP": "image/webp", "WAVE": "audio/wav", "AVI ": "video/x-msvideo", "ACON": "image/x-win-animated-cursor",
            "RMID": "audio/midi", "sfbk": "audio/x-sf2"]
        return content.text(8..<12).flatMap { kinds[$0] }
    }

    /// The same idea with big-endian sizes.
    static func interchange(_ content: Content) -> String? {
        guard content.has("FORM") else { return nil }
        let kinds = ["AIFF": "audio/aiff", "AIFC": "audio/aiff", "ILBM": "image/x-ilbm"]
        return content.text(8..<12).flatMap { kinds[$0] }
    }

    private static let brands: [String: String] = [
        "heic": "image/heic", "heix": "image/heic", "heim": "image/heic", "heis": "image/heic",
        "hevc": "image/heic-sequence", "hevx": "image/heic-sequence", "hevm": "image/heic-sequence", "hevs": "image/heic-sequence",
        "avif": "image/avif", "avis": "image/avif-sequence", "mif1": "image/heif", "msf1": "image/heif-sequence",
        "crx ": "image/x-canon-cr3", "jxl ": "image/jxl", "jp2 ": "image/jp2", "jpx ": "image/jpx", "qt  ": "video/quicktime",
        "M4A ": "audio/mp4", "M4B ": "audio/mp4", "M4P ": "audio/mp4", "F4A ": "audio/mp4", "M4V ": "video/x-m4v",
    ]

    /// ISO base media files (ISO/IEC 14496-12) by their brand. `mif1` says only that it is some HEIF: the compatible brands
    /// behind it say which.
    static func isoMedia(_ content: Content) -> String? {
        guard content.has("ftyp", at: 4), let length = content.big32(0), let major = content.text(8..<12) else {
            return quickTime(content)
        }
        if major == "mif1" || major == "msf1" {
            for offset in stride(from: 16, through: min(length, 256) - 4, by: 4) {
                guard let brand = content.text(offset..<offset + 4), brand != "mif1", brand != "msf1" else { continue }
                if let type = brands[brand], type.hasPrefix("image/") { return type }
            }
        }
        if let type = brands[major] { return type }
        if major.hasPrefix("3g2") { return "video/3gpp2" }
        if major.hasPrefix("3g") { return "video/3gpp" }
        return "video/mp4"
    }

    /// Older films have no brand and begin with one of these boxes.
    private static func quickTime(_ content: Content) -> String? {
        guard let kind = content.text(4..<8), let length = content.big32(0), length == 1 || length >= 8 else { return nil }
        switch kind {
        case "moov", "mdat", "wide": return "video/quicktime"
        case "free", "skip": return content.has("mdat", at: length + 4) || content.has("moov", at: length + 4) ? "video/quicktime" : nil
        default: return nil
        }
    }

    /// EBML: the document type is an element (0x4282) of the header.
    static func matroska(_ content: Content) -> String? {
        guard content.has("\u{1A}E\u{DF}\u{A3}") else { return nil }
        for offset in 4..<max(4, min(64, content.head.count - 2)) where content.has("B\u{82}", at: offset) {
            if content.has("webm", at: offset + 3) { return "video/webm" }
            if content.has("matroska", at: offset + 3) { return "video/matroska" }
        }
        return nil
    }

    /// The first packet names the codec (RFC 5334).
    static func ogg(_ content: Content) -> String? {
        guard content.has("OggS\0"), content.head.count > 27 else { return nil }
        let packet = 27 + Int(content.head[26])
        let sounds = ["\u{01}vorbis", "OpusHead", "Speex   ", "\u{7F}FLAC"]
        if sounds.contains(where: { content.has($0, at: packet) }) { return "audio/ogg" }
        return content.has("\u{80}theora", at: packet) ? "video/ogg" : "application/ogg"
    }

    /// MPEG transport streams have a sync byte in every 188th place.
    static func transportStream(_ content: Content) -> String? {
        guard content.head.count > 188 * 3 else { return nil }
        return (0..<4).allSatisfy { content.head[$0 * 188] == 0x47 } ? "video/mp2t" : nil
    }

    /// Sound without any header: a frame must be followed by another where its own length says.
    static func mpegAudio(_ content: Content) -> String? {
        if let length = adtsLength(content, 0), adtsLength(content, length) != nil { return "audio/aac" }
        if let length = frameLength(content, 0), frameLength(content, length) != nil { return "audio/mpeg" }
        return nil
    }

    private static func adtsLength(_ content: Content, _ at: Int) -> Int? {
        guard let start = content.head.big(at, 2), start & 0xFFF6 == 0xFFF0, let rest = content.head.big(at + 3, 4) else { return nil }
        let length = rest >> 13 & 0x1FFF
        return length > 7 ? length : nil
    }

    /// The length of an MPEG 1, 2 or 2.5 layer III frame (ISO/IEC 11172-3).
    private static func frameLength(_ content: Content, _ at: Int) -> Int? {
        guard let header = content.big32(at), header >> 21 == 0x7FF, header >> 17 & 3 == 1 else { return nil }
        let version = header >> 19 & 3, rate = header >> 12 & 15, frequency = header >> 10 & 3
        guard version != 1, (1...14).contains(rate), frequency != 3 else { return nil }
        let kilobits = version == 3
            ? [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320][rate - 1]
            : [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160][rate - 1]
        let hertz = [44_100, 48_000, 32_000][frequency] / (version == 3 ? 1 : version == 2 ? 2 : 4)
        return (version == 3 ? 144_000 : 72_000) * kilobits / hertz + (header >> 9 & 1)
    }
}
