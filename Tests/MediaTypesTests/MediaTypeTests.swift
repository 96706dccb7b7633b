import Glibc
import HostTesting
import MediaTypes
import Testing

/// What content is, whatever it is called.
@Suite struct MediaTypeTests {
    private func type(of bytes: [UInt8]) -> String {
        let content = Content(head: bytes, size: bytes.count) { offset, count in
            guard offset >= 0, offset < bytes.count else { return [] }
            return Array(bytes[offset..<min(bytes.count, offset + max(0, count))])
        }
        if let type = MediaType.recognize(content) { return type }
        var scan = TextScan()
        scan.add(bytes)
        return scan.mediaType
    }

    @Test(arguments: [
        ("%PDF-1.7\n", "application/pdf"), ("GIF89a....", "image/gif"), ("hello\n", "text/plain; charset=us-ascii"),
        ("{\"a\": 1}", "application/json; charset=us-ascii"), ("<!doctype html><p>", "text/html; charset=us-ascii"),
        ("grüße", "text/plain; charset=utf-8"), ("", "text/plain; charset=us-ascii"), ("\u{0}\u{1}", "application/octet-stream"),
    ])
    func `a type is told by the content`(text: String, expected: String) {
        #expect(type(of: Array(text.utf8)) == expected)
    }

    /// The daemon itself looks at the documents of strangers: nothing in them may stop it.
    @Test func `mutated, cut and random documents are given some type and nothing worse`() throws {
        var seeds: [[UInt8]] = [
            Array("PK\u{03}\u{04}".utf8) + [UInt8](repeating: 0, count: 60), [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1],
            Array("RIFF\0\0\0\0WEBP".utf8), Array("\0\0\0\u{18}ftypmif1".utf8), Array("OggS\0".utf8), Array("MZ".utf8),
            [0x7F, 0x45, 0x4C, 0x46, 2, 2, 1], Array("BM".utf8), [0, 0, 1, 0, 1, 0], [0xFF, 0xFB, 0x90, 0x64],
        ]
        for folder in ["images", "documents"] {
            let place = "\(Built.root)/.build/material/\(folder)"
            guard let directory = opendir(place) else { continue }
            defer { closedir(directory) }
            while let entry = readdir(directory) {
                let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
                guard let file = fopen("\(place)/\(name)", "re") else { continue }
                defer { fclose(file) }
                var bytes = [UInt8](repeating: 0, count: 1 << 16)
                let count = fread(&bytes, 1, bytes.count, file)
                if count > 0 { seeds.append(Array(bytes[..<count])) }
            }
        }
        var generator = SystemRandomNumberGenerator()
        for round in 0..<4000 {
            var bytes = seeds[round % seeds.count]
            if round % 3 == 0 { bytes += (0..<Int.random(in: 0..<256, using: &generator)).map { _ in UInt8.random(in: 0...255) } }
            for _ in 0..<Int.random(in: 0..<24, using: &generator) where !bytes.isEmpty {
                bytes[Int.random(in: 0..<min(bytes.count, 512), using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            if round % 2 == 0 { bytes = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &generator))) }
            #expect(!type(of: bytes).isEmpty)
        }
    }
}
