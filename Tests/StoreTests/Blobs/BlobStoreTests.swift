import Foundation
import Glibc
import Model
import Testing

@testable import Store

struct BlobStoreTests {
    private func with(admit: @escaping BlobStore.Admission = { _ in }, _ body: (BlobStore, String) async throws -> Void)
        async throws
    {
        try await StoreFixture.withFolder { (path: String) async throws in
            try await body(BlobStore(path, admit: admit), path)
            // What is dropped goes with the last who holds it: that may be the thread that worked for it, a moment later.
            var left: [String] = []
            for _ in 0..<500 {
                left = (try? FileManager.default.contentsOfDirectory(atPath: BlobStore.incoming(path))) ?? []
                if left.isEmpty { break }
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(left == [])
        }
    }

    private func store(_ chunks: [[UInt8]], in blobs: BlobStore) async throws -> BlobDigest {
        let writer = try await blobs.begin(limit: .mebibytes(16))
        for chunk in chunks { try await writer.append(chunk) }
        return try await writer.finish().digest
    }

    @Test func `a blob is named by the digest of its bytes and read back in any parts`() async throws {
        try await with { blobs, path in
            let digest = try await store([Array("a".utf8), [], Array("bc".utf8)], in: blobs)
            #expect(digest.description == "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
            let blob = try await blobs.open(digest)
            #expect(blob.size == ByteSize(bytes: 3))
            #expect(try await blob.read(at: 0, count: 100) == Array("abc".utf8))
            #expect(try await blob.read(at: 1, count: 1) == Array("b".utf8))
            #expect(try await blob.read(at: 3, count: 1) == [])
            #expect(try await blob.read(at: 99, count: 1) == [])
            #expect(try await blobs.contains(digest))
            #expect(StoreFixture.mode(BlobStore.place(of: digest, in: path)) == 0o444)
            let empty = try await store([], in: blobs)
            #expect(empty.hexadecimal == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
            #expect(try await blobs.open(empty).size == ByteSize(bytes: 0))
        }
    }

    @Test func `equal content is kept once`() async throws {
        try await with { blobs, path in
            let first = try await store([[1, 2]], in: blobs)
            let second = try await store([[1], [2]], in: blobs)
            #expect(first == second)
            #expect(try FileManager.default.subpathsOfDirectory(atPath: path).filter { $0.count > 60 }.count == 1)
        }
    }

    @Test func `a blob over its limit or the quota is refused before it is written`() async throws {
        let asked: @Sendable (ByteSize) async throws(Problem) -> Void = { (size) throws(Problem) in
            if size > ByteSize(bytes: 1000) { throw Problem(.quotaExceeded, "disk quota") }
        }
        try await with(admit: asked) { blobs, path in
            let writer = try await blobs.begin(limit: ByteSize(bytes: 10))
            try await writer.append(Array(repeating: 0, count: 10))
            let error = await #expect(throws: Problem.self) { try await writer.append([0]) }
            #expect(error?.code == .quotaExceeded)
            #expect(error?.message == "document larger than 10B")
            #expect(writer.size == ByteSize(bytes: 10))
            let large = try await blobs.begin(limit: .mebibytes(1))
            try await large.append(Array(repeating: 0, count: 1000))
            await #expect(throws: Problem(.quotaExceeded, "disk quota")) { try await large.append([0]) }
        }
    }

    @Test func `parts that come at once do not get past the limit together`() async throws {
        let slow: BlobStore.Admission = { _ in try? await Task.sleep(for: .milliseconds(20)) }
        try await with(admit: slow) { blobs, _ in
            let writer = try await blobs.begin(limit: ByteSize(bytes: 100))
            let taken = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<8 { group.addTask { (try? await writer.append(Array(repeating: 0, count: 60))) != nil } }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(taken == 1)
            #expect(writer.size == ByteSize(bytes: 60))
        }
    }

    @Test func `a blob whose folder is gone is refused and does not bring it back`() async throws {
        try await StoreFixture.withFolder { (path: String) async throws in
            let folder = path + "/tenant/blobs"
            let blobs = BlobStore(folder) { _ in }
            try StoreFolder.create(folder)
            let writer = try await blobs.begin(limit: .mebibytes(1))
            try await writer.append([1])
            try FolderRemoval.remove(path + "/tenant")
            await #expect(throws: Problem.self) { try await writer.finish() }
            await #expect(throws: Problem.self) { try await blobs.begin(limit: .mebibytes(1)) }
            #expect(!StoreFixture.exists(path + "/tenant"))
        }
    }

    @Test func `a blob that is not finished leaves nothing, and a finished one takes no more`() async throws {
        try await with { blobs, path in
            do {
                let writer = try await blobs.begin(limit: .mebibytes(1))
                try await writer.append([1, 2, 3])
                #expect(try FileManager.default.contentsOfDirectory(atPath: BlobStore.incoming(path)).count == 1)
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: BlobStore.incoming(path)).isEmpty)
            let writer = try await blobs.begin(limit: .mebibytes(1))
            let digest = try await writer.finish().digest
            await #expect(throws: Problem.self) { try await writer.append([1]) }
            await #expect(throws: Problem.self) { try await writer.finish() }
            #expect(try await blobs.contains(digest))
        }
    }

    @Test func `a removed blob is not found, and stays readable where it is open`() async throws {
        try await with { blobs, path in
            let digest = try await store([[7]], in: blobs)
            let open = try await blobs.open(digest)
            try await blobs.remove(digest)
            try await blobs.remove(digest)
            #expect(try await open.read(at: 0, count: 1) == [7])
            let error = await #expect(throws: Problem.self) { try await blobs.open(digest) }
            #expect(error == Problem(.notFound, "document not found: \(digest)"))
            #expect(try await !blobs.contains(digest))
            await #expect(throws: Problem.self) { try await blobs.link(digest, at: path + "/x") }
        }
    }

    @Test func `a blob is placed elsewhere, but over nothing`() async throws {
        try await with { blobs, path in
            let digest = try await store([Array("hello".utf8)], in: blobs)
            try await blobs.link(digest, at: path + "/placed")
            #expect(FileManager.default.contents(atPath: path + "/placed") == Data("hello".utf8))
            await #expect(throws: Problem.self) { try await blobs.link(digest, at: path + "/placed") }
            await #expect(throws: Problem.self) { try await blobs.link(digest, at: path + "/none/placed") }
            try BlobReader(BlobStore.place(of: digest, in: path), digest).copy(to: path + "/copied")
            #expect(FileManager.default.contents(atPath: path + "/copied") == Data("hello".utf8))
            #expect(StoreFixture.mode(path + "/copied") == 0o444)
        }
    }

    @Test func `a link or a folder in a blob's place is not read`() async throws {
        try await with { blobs, path in
            let digest = try await store([[1]], in: blobs)
            let place = BlobStore.place(of: digest, in: path)
            unlink(place)
            symlink("/etc/passwd", place)
            await #expect(throws: Problem.self) { try await blobs.open(digest) }
            unlink(place)
            mkdir(place, 0o700)
            await #expect(throws: Problem.self) { try await blobs.open(digest) }
        }
    }

    @Test func `blobs written at once by many are all there`() async throws {
        try await with { blobs, path in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<40 {
                    group.addTask {
                        let bytes = [UInt8](repeating: UInt8(number % 8), count: 100_000)
                        let digest = try await store([bytes], in: blobs)
                        #expect(try await blobs.open(digest).read(at: 0, count: 200_000) == bytes)
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test(arguments: [
        "", "sha256:", "sha256:zz", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "sha256:BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD",
        "sha256:../../../../../../../../../../../../../../../../../../../../etc/passwd",
        "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad0",
        "sha512:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    ])
    func `what is no digest is none`(text: String) {
        #expect(BlobDigest(text) == nil)
    }

    @Test func `a digest reads back from its text`() {
        let text = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        #expect(BlobDigest(text)?.description == text)
    }
}
