import Crypto
import Foundation
import Model
import Testing

@testable import Store

struct SealedFileTests {
    private let key = SymmetricKey(size: .bits256)
    private static let chunk = SealedStream.chunkSize

    @Test(arguments: [0, 1, chunk - 1, chunk, chunk + 1, 3 * chunk, 3 * chunk + 17])
    func `what was sealed comes out as it was`(size: Int) async throws {
        try await StoreFixture.withFolder { path in
            let bytes = Self.bytes(size)
            let sealed = try write(bytes, to: path + "/x")
            #expect(sealed.size == Int64(size))
            #expect(sealed.digest == BlobDigest(Array(SHA256.hash(data: bytes))))
            #expect(try read(path + "/x") == bytes)
            let text = try Data(contentsOf: URL(fileURLWithPath: path + "/x"))
            #expect(size < 1000 || text.range(of: Data(bytes.prefix(64))) == nil)
            var pieces = try SealedFileReader(path + "/x", key: key, purpose: "p", named: "x")
            let first = try pieces.read(min(size, 7))
            #expect(first == Array(bytes.prefix(7)))
            guard size > 10 else { return }
            let second = try pieces.next(atMost: 3)
            #expect(second == Array(bytes[7..<10]))
        }
    }

    @Test func `nothing of it can be changed, left out, moved, cut off or added`() async throws {
        try await StoreFixture.withFolder { path in
            let bytes = Self.bytes(3 * Self.chunk + 17)
            _ = try write(bytes, to: path + "/x")
            let good = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path + "/x")))
            let sealed = Self.chunk + SealedStream.overhead
            let start = SealedStream.headerSize
            var bad: [String: [UInt8]] = [:]
            for place in [0, start - 1, start, start + sealed - 1, good.count - 1] {
                bad["changed at \(place)"] = good
                bad["changed at \(place)"]?[place] ^= 1
            }
            bad["first left out"] = Array(good[..<start] + good[(start + sealed)...])
            bad["exchanged"] = Array(
                good[..<start] + good[(start + sealed)..<(start + 2 * sealed)] + good[start..<(start + sealed)]
                    + good[(start + 2 * sealed)...])
            bad["cut at a chunk"] = Array(good[..<(start + 2 * sealed)])
            bad["cut in a chunk"] = Array(good.dropLast(5))
            bad["only a header"] = Array(good[..<start])
            bad["nothing"] = []
            bad["longer"] = good + [0]
            bad["repeated"] = good + good[start..<(start + sealed)]
            for (name, text) in bad {
                try Data(text).write(to: URL(fileURLWithPath: path + "/bad"))
                let problem = #expect(throws: Problem.self, "\(name)") { try read(path + "/bad") }
                #expect(problem?.message == "x is damaged, incomplete, or sealed with another key", "\(name)")
            }
            #expect(throws: Problem.self) { try read(path + "/x", purpose: "q") }
            #expect(throws: Problem.self) { try read(path + "/x", key: SymmetricKey(size: .bits256)) }
        }
    }

    @Test func `the same bytes are never sealed alike`() async throws {
        try await StoreFixture.withFolder { path in
            for name in ["a", "b"] { _ = try write([1, 2, 3], to: path + "/" + name) }
            let (a, b) = (try Data(contentsOf: URL(fileURLWithPath: path + "/a")), try Data(contentsOf: URL(fileURLWithPath: path + "/b")))
            #expect(a != b && a.count == b.count)
        }
    }

    private static func bytes(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) } }

    private func write(_ bytes: [UInt8], to path: String) throws -> (digest: BlobDigest, size: Int64) {
        var writer = try SealedFileWriter(path, key: key, purpose: "p")
        for start in stride(from: 0, to: bytes.count, by: 300_000) {
            try writer.append(Array(bytes[start..<min(start + 300_000, bytes.count)]))
        }
        return try writer.finish()
    }

    private func read(_ path: String, key: SymmetricKey? = nil, purpose: String = "p") throws -> [UInt8] {
        var reader = try SealedFileReader(path, key: key ?? self.key, purpose: purpose, named: "x")
        return try reader.readAll(limit: 1 << 30)
    }
}
