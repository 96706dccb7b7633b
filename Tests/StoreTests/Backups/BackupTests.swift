import Crypto
import Foundation
import GRDB
import Glibc
import Model
import Synchronization
import Testing

@testable import Store

@Suite(.timeLimit(.minutes(4))) struct BackupTests {
    @Test func `a backup restored beside its tenant has the same rows and blobs, and nothing of it stands in clear`() async throws {
        try await StoreFixture.with { (store: Store) async throws in
            let (tenant, digest) = try await Self.tenant("acme", in: store)
            let backup = try await store.backUp(id("acme"), keeping: 5)
            #expect(backup.blobs == 1 && backup.blobSize.bytes == 2_000_000)
            try await tenant.addNote("later")

            let copy = try await store.restore(backup.id, of: id("acme"), as: Self.record("copy")) { _ in }
            #expect(copy.state == .active)
            let restored = try await store.tenant(id("copy"))
            #expect(try await restored.notes() == ["a note that nobody may read"])
            #expect(try await restored.blobs().open(digest).readBlocking(at: 0, count: 4) == [7, 7, 7, 7])
            #expect(try await tenant.notes().count == 2)

            for file in try FileManager.default.subpathsOfDirectory(atPath: store.folder.path + "/backups") {
                let bytes = FileManager.default.contents(atPath: store.folder.path + "/backups/" + file) ?? Data()
                #expect(bytes.range(of: Data("a note that nobody".utf8)) == nil, "\(file)")
                #expect(bytes.range(of: Data(repeating: 7, count: 64)) == nil, "\(file)")
                #expect(!file.contains(digest.hexadecimal.prefix(12)), "\(file)")
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: store.folder.backups(of: id("acme")) + "/").sorted() == ["blobs", "points"])
        }
    }

    @Test func `a blob is written once, and goes with the last backup that has it`() async throws {
        try await StoreFixture.with { (store: Store) async throws in
            let (tenant, digest) = try await Self.tenant("acme", in: store)
            let first = try await store.backUp(id("acme"), keeping: 2)
            let second = try await store.backUp(id("acme"), keeping: 2)
            #expect((first.written?.bytes ?? 0) >= 2_000_000 && (second.written?.bytes ?? .max) < 200_000)
            #expect(Self.blobs(store).count == 1)
            try await tenant.blobs().remove(digest)
            _ = try await store.backUp(id("acme"), keeping: 2)
            #expect(Self.blobs(store).count == 1)
            #expect(try await store.backups(of: id("acme")).map(\.id).last == second.id)
            _ = try await store.backUp(id("acme"), keeping: 2)
            #expect(Self.blobs(store).isEmpty)
            #expect(try await store.backups(of: id("acme")).count == 2)
        }
    }

    @Test func `the backup that was just made stays, also where the clock went back`() async throws {
        try await StoreFixture.with { (store: Store) async throws in
            _ = try await Self.tenant("acme", in: store)
            let first = try await store.backUp(id("acme"), keeping: 5)
            let second = try await store.backUp(id("acme"), keeping: 5)
            let key = try await store.registry.backupKey(
                of: id("acme"), under: try KeyFile.load(store.folder.path + "/backups.key", named: "the key"))
            try BackupPruning.prune(BackupFolder(store.folder.backups(of: id("acme")), key: key), keeping: 1, sparing: first.id)
            let left = try await store.backups(of: id("acme")).map(\.id)
            #expect(left == [first.id] && first.id != second.id)
        }
    }

    @Test func `with a writer at work, everything that was committed before the mark is restored`() async throws {
        try await StoreFixture.with { (store: Store) async throws in
            let (tenant, _) = try await Self.tenant("acme", in: store)
            let committed = Committed()
            let writers = Task {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for lane in 0..<4 {
                        group.addTask {
                            for number in stride(from: lane, to: .max, by: 4) {
                                if Task.isCancelled { return }
                                let writer = try await tenant.blobs().begin(limit: .mebibytes(1))
                                try await writer.append(Array("blob \(number)".utf8))
                                let blob = try await writer.finish().digest
                                guard try await Self.unlessCancelled({ () throws(Problem) in
                                    try await tenant.addNote("\(number) \(blob)")
                                }) else { return }
                                committed.add(number)
                                // What is gone from the database may go from the disk, also while it is copied.
                                if number % 3 == 0 {
                                    let sql = "UPDATE note SET text = '\(number) -' WHERE text LIKE '\(number) %'"
                                    guard try await Self.unlessCancelled({ () throws(Problem) in
                                        try await tenant.write { try $0.execute(sql: sql) }
                                    }) else { return }
                                    try await tenant.blobs().remove(blob)
                                }
                            }
                        }
                    }
                    try await group.waitForAll()
                }
            }
            for round in 0..<3 {
                while committed.all.count < (round + 1) * 20 { try await Task.sleep(for: .milliseconds(5)) }
                let backup = try await store.backUp(id("acme"), keeping: 5)
                let before = committed.all.filter { $0.moment < backup.mark }.map(\.number)
                _ = try await store.restore(backup.id, of: id("acme"), as: Self.record("copy\(round)")) { _ in }
                let copy = try await store.tenant(id("copy\(round)"))
                let notes = try await copy.notes().dropFirst().map { $0.split(separator: " ") }
                #expect(!before.isEmpty)
                #expect(Set(before).isSubset(of: Set(notes.compactMap { Int($0[0]) })))
                for note in notes where note[1] != "-" {
                    let digest = try #require(BlobDigest(String(note[1])))
                    #expect(try await copy.blobs().open(digest).readBlocking(at: 0, count: 99) == Array("blob \(note[0])".utf8))
                }
            }
            writers.cancel()
            _ = await writers.result
        }
    }

    @Test func `a restore in place can be undone, tells what it changed, and lets no one in meanwhile`() async throws {
        try await StoreFixture.with { (store: Store) async throws in
            let (tenant, digest) = try await Self.tenant("acme", in: store)
            let backup = try await store.backUp(id("acme"), keeping: 5)
            try await tenant.addNote("later")
            try await tenant.blobs().remove(digest)
            let (undo, differences) = try await store.restore(backup.id, inPlaceOf: id("acme"), keeping: 5) { (swap) throws(Problem) in
                try await swap()
            }
            #expect(differences == [TableDifference(table: "note", before: 2, after: 1)])
            #expect(try await tenant.notes() == ["a note that nobody may read"])
            #expect(try await tenant.blobs().contains(digest))
            try await tenant.addNote("after")
            #expect(try await tenant.notes().count == 2)
            _ = try await store.restore(undo.id, inPlaceOf: id("acme"), keeping: 5) { (swap) throws(Problem) in try await swap() }
            #expect(try await tenant.notes() == ["a note that nobody may read", "later"])
            #expect(try FileManager.default.contentsOfDirectory(atPath: store.folder.tenantsPath) == ["acme"])
        }
    }

    @Test func `damage is found: of a blob when it is copied, of a backup when it is read`() async throws {
        try await StoreFixture.with { (store: Store) async throws in
            let (tenant, digest) = try await Self.tenant("acme", in: store)
            let backup = try await store.backUp(id("acme"), keeping: 5)
            for part in ["database", "index", "head"] {
                let path = store.folder.backups(of: try id("acme")) + "/points/\(backup.id)/\(part)"
                let good = try Data(contentsOf: URL(fileURLWithPath: path))
                var bad = good
                bad[bad.count - 1] ^= 1
                try bad.write(to: URL(fileURLWithPath: path))
                let problem = await #expect(throws: Problem.self) {
                    try await store.restore(backup.id, of: id("acme"), as: Self.record("copy")) { _ in }
                }
                #expect(problem?.message == "the \(part) of backup \(backup.id) is damaged, incomplete, or sealed with another key")
                if part == "head" { #expect(try await store.backups(of: id("acme")).first?.backup == nil) }
                try good.write(to: URL(fileURLWithPath: path))
            }
            #expect(try await store.tenants().count == 1)
            let missing = await #expect(throws: Problem.self) {
                try await store.restore(BackupID("20010101-000000-000"), of: id("acme"), as: Self.record("copy")) { _ in }
            }
            #expect(missing?.code == .notFound)

            let writer = try await tenant.blobs().begin(limit: .mebibytes(1))
            try await writer.append([1])
            let other = try await writer.finish().digest
            let place = BlobStore.place(of: other, in: tenant.folder.blobsPath)
            chmod(place, 0o600)
            try Data([2]).write(to: URL(fileURLWithPath: place))
            let found = await #expect(throws: Problem.self) { try await store.backUp(id("acme"), keeping: 5) }
            #expect(found?.message == "blob \(other) of the tenant does not hold what its name says")
            #expect(try await store.backups(of: id("acme")).count == 1)
            #expect(digest != other)
        }
    }

    @Test func `with the tenant goes the key, and no copy of a backup can be read any more`() async throws {
        try await StoreFixture.with { (store: Store) async throws in
            _ = try await Self.tenant("acme", in: store)
            let backup = try await store.backUp(id("acme"), keeping: 5)
            let (place, copy) = (store.folder.backups(of: try id("acme")), store.folder.path + "-copy")
            try FileManager.default.copyItem(atPath: place, toPath: copy)
            defer { try? FolderRemoval.remove(copy) }
            try await store.deleteTenant(id("acme"))
            #expect(!StoreFixture.exists(place))
            #expect(try await store.readRegistry { try Int.fetchOne($0, sql: "SELECT count(*) FROM backupKey") } == 0)
            // One of the same name has another key.
            _ = try await Self.tenant("acme", in: store)
            #expect(try await store.backups(of: id("acme")).isEmpty)
            try? FolderRemoval.remove(place)
            try FileManager.default.copyItem(atPath: copy, toPath: place)
            #expect(try await store.backups(of: id("acme")).map { $0.backup == nil } == [true])
            await #expect(throws: Problem.self) {
                try await store.restore(backup.id, of: id("acme"), as: Self.record("copy")) { _ in }
            }
        }
    }

    @Test func `a tenant that is deleted does not wait for its backup`() async throws {
        try await StoreFixture.withFolder { (path: String) async throws in
            var options = StoreFixture.options()
            let (started, signal) = AsyncStream.makeStream(of: Void.self)
            options.step = { step in
                guard step == "backup.hold" else { return }
                signal.finish()
                usleep(200_000)
            }
            let store = try await Store.open(path + "/data", options)
            _ = try await Self.tenant("acme", in: store)
            let backup = Task { try await store.backUp(id("acme"), keeping: 5) }
            for await _ in started {}
            try await store.deleteTenant(id("acme"))
            await #expect(throws: Problem.self) { try await backup.value }
            #expect(try await store.tenants().isEmpty)
            #expect(!StoreFixture.exists(store.folder.tenant(try id("acme")).path))
            await store.close()
        }
    }

    private static func unlessCancelled(_ body: () async throws(Problem) -> Void) async throws(Problem) -> Bool {
        do throws(Problem) {
            try await body()
            return true
        } catch {
            guard error.code == .cancelled else { throw error }
            return false
        }
    }

    static func tenant(_ name: String, in store: Store) async throws -> (TenantStore, BlobDigest) {
        _ = try await store.createTenant(id(name))
        let tenant = try await store.tenant(id(name))
        try await tenant.addNote("a note that nobody may read")
        let writer = try await tenant.blobs().begin(limit: .mebibytes(8))
        try await writer.append([UInt8](repeating: 7, count: 2_000_000))
        return (tenant, try await writer.finish().digest)
    }

    static func record(_ name: String, disk: ByteSize = .gibibytes(1)) throws -> Tenant {
        var quota = Quota.ordinary
        quota.disk = disk
        return Tenant(id: try id(name), name: nil, created: 1, quota: quota, state: .active)
    }

    private static func blobs(_ store: Store) -> [String] {
        let place = store.folder.path + "/backups/acme/blobs"
        let all = (try? FileManager.default.subpathsOfDirectory(atPath: place)) ?? []
        return all.filter { $0.contains("/") }
    }
}

/// What was on disk when, as its writers know it.
private final class Committed: Sendable {
    private let entries = Mutex<[(moment: Int64, number: Int)]>([])
    var all: [(moment: Int64, number: Int)] { entries.withLock { $0 } }
    func add(_ number: Int) { entries.withLock { $0.append((Moment.now, number)) } }
}
