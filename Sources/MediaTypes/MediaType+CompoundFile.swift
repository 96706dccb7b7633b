extension MediaType {
    private static let streams: [(name: String, type: String)] = [
        ("WordDocument", "application/msword"), ("Workbook", "application/vnd.ms-excel"), ("Book", "application/vnd.ms-excel"),
        ("PowerPoint Document", "application/vnd.ms-powerpoint"), ("VisioDocument", "application/vnd.visio"),
        ("__properties_version1.0", "application/vnd.ms-outlook"), ("EncryptedPackage", "application/vnd.ms-office.encrypted"),
        ("Quill", "application/x-mspublisher"),
    ]

    /// Documents of older office programs: a file system in a file ([MS-CFB]), known by the names in its directory.
    static func compoundFile(_ content: Content) -> String? {
        guard content.has("\u{D0}\u{CF}\u{11}\u{E0}\u{A1}\u{B1}\u{1A}\u{E1}") else { return nil }
        let names = directoryNames(content)
        if let stream = streams.first(where: { names.contains($0.name) }) { return stream.type }
        return names.contains { $0.unicodeScalars.first?.value ?? 0 >= 0x3800 } ? "application/x-msi" : "application/x-ole-storage"
    }

    private static func directoryNames(_ content: Content) -> Set<String> {
        guard let shift = content.little16(30), shift == 9 || shift == 12, var sector = content.little32(48) else { return [] }
        let size = 1 << shift
        var names: Set<String> = []
        // A directory that names itself as its own continuation would never end.
        for _ in 0..<256 where sector < 0xFFFF_FFFA {
            let entries = content.read((sector + 1) * size, size)
            for start in stride(from: 0, to: entries.count - 127, by: 128) {
                guard let length = entries.little(start + 64, 2), (4...64).contains(length) else { continue }
                let units = stride(from: start, to: start + length - 2, by: 2).map { UInt16(entries[$0]) | UInt16(entries[$0 + 1]) << 8 }
                names.insert(String(decoding: units, as: UTF16.self))
            }
            sector = following(sector, size, content)
        }
        return names
    }

    /// The next sector of a chain, from the allocation table; the first 109 sectors of that are listed in the header.
    private static func following(_ sector: Int, _ size: Int, _ content: Content) -> Int {
        let perSector = size / 4
        guard sector / perSector < 109, let table = content.little32(76 + 4 * (sector / perSector)), table < 0xFFFF_FFFA else {
            return .max
        }
        return content.read((table + 1) * size + 4 * (sector % perSector), 4).little(0, 4) ?? .max
    }
}
