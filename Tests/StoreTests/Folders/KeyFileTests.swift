import Crypto
import Foundation
import Glibc
import Model
import Synchronization
import Testing

@testable import Store

struct KeyFileTests {
    @Test func `of several who need a key first, all get the same one`() async throws {
        try await StoreFixture.withFolder { (folder: String) async throws in
            for round in 0..<20 {
                let path = "\(folder)/key-\(round)"
                let keys = Mutex<Set<Data>>([])
                DispatchQueue.concurrentPerform(iterations: 8) { _ in
                    let key = try? KeyFile.load(path, named: "the key")
                    keys.withLock { _ = $0.insert(key?.withUnsafeBytes { Data($0) } ?? Data()) }
                }
                #expect(keys.withLock { $0.count } == 1 && keys.withLock { $0.first?.count } == 32)
                #expect(StoreFixture.mode(path) == 0o600)
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 20)
        }
    }

    @Test func `a key that others may read, or that is damaged, is refused`() async throws {
        try await StoreFixture.withFolder { (folder: String) async throws in
            let path = folder + "/key"
            _ = try KeyFile.load(path, named: "the key")
            chmod(path, 0o640)
            #expect(throws: Problem.self) { try KeyFile.load(path, named: "the key") }
            chmod(path, 0o600)
            truncate(path, 31)
            #expect(throws: Problem.self) { try KeyFile.load(path, named: "the key") }
        }
    }
}
