import Crypto
import Foundation
import GRDB
import Model
import Testing

@testable import Store

/// Exports, the good one and those that somebody made who knows the key.
@Suite(.timeLimit(.minutes(2))) struct ImportTests {
    private static let text = String(repeating: "a5", count: 32)

    @Test func `a tenant comes over with rows and blobs, as a backup has it or as it is`() async throws {
        try await StoreFixture.with { (store: Store) async throws in
            let (tenant, digest) = try await BackupTests.tenant("acme", in: store)
            let backup = try await store.backUp(id("acme"), keeping: 5)
            try await tenant.addNote("later")
            let cases: [(String, BackupID?, Int)] = [("then", backup.id, 1), ("now", nil, 2)]
            for (name, point, count) in cases {
                let file = try await store.export(id("acme"), point, key: try ExportKey(Self.text), keeping: 5)
                let bytes = try await file.read(at: 0, count: Int(file.size.bytes))
                #expect(Data(bytes).range(of: Data("a note that nobody".utf8)) == nil)
                _ = try await Self.bring(bytes, as: name, to: store)
                let copy = try await store.tenant(id(name))
                #expect(try await copy.notes().count == count)
                #expect(try await copy.blobs().open(digest).size.bytes == 2_000_000)
            }
        }
    }

    /// What is wrong with an export, and what the daemon says of it.
    enum Fault: String, CaseIterable, Sendable {
        case trigger, hiddenTrigger, view, table, future, nothingOfOurs, damagedPages, wrongDigest, sameBlobTwice, moreBlobs, endless, tooLarge, rest

        var code: Problem.Code { self == .future ? .unsupported : self == .tooLarge || self == .endless ? .quotaExceeded : .invalidInput }
    }

    @Test(arguments: Fault.allCases) func `nothing of an export is believed`(fault: Fault) async throws {
        try await StoreFixture.with { (store: Store) async throws in
            let bytes = try Self.forged(fault, in: store.folder.path)
            let problem = await #expect(throws: Problem.self) { try await Self.bring(bytes, as: "victim", to: store) }
            #expect(problem?.code == fault.code, "\(problem.map(String.init(describing:)) ?? "")")
            #expect(try await store.tenants().isEmpty)
            #expect(try FileManager.default.contentsOfDirectory(atPath: store.folder.tenantsPath).isEmpty)
        }
    }

    @Test func `what is sent is bounded, known by its name alone, and goes with the daemon`() async throws {
        try await StoreFixture.withFolder { (path: String) async throws in
            let store = try await Store.open(path + "/data", StoreFixture.options())
            for name in ["../registry.db", "import-0", ""] {
                let problem = await #expect(throws: Problem.self) { try await store.arrivals.append([1], to: name) }
                #expect(problem?.code == .notFound)
            }
            let name = try await store.arrivals.begin(ByteSize(bytes: 4))
            try await store.arrivals.append([1, 2, 3], to: name)
            let over = await #expect(throws: Problem.self) { try await store.arrivals.append([4, 5], to: name) }
            #expect(over?.code == .invalidInput)
            let early = await #expect(throws: Problem.self) {
                try await store.importTenant(name, key: try ExportKey(Self.text), as: BackupTests.record("x")) { _ in }
            }
            #expect(early?.message == "the export is not complete: 3 of 4 bytes are there")
            for _ in 1..<Arrivals.limit { _ = try await store.arrivals.begin(ByteSize(bytes: 4)) }
            let more = await #expect(throws: Problem.self) { try await store.arrivals.begin(ByteSize(bytes: 4)) }
            #expect(more?.code == .conflict)
            await store.close()
            let again = try await Store.open(path + "/data", StoreFixture.options())
            #expect(try FileManager.default.contentsOfDirectory(atPath: again.folder.importsPath).isEmpty)
            await again.close()
        }
    }

    private static func bring(_ bytes: [UInt8], as name: String, to store: Store) async throws -> Tenant {
        let arrival = try await store.arrivals.begin(ByteSize(bytes: Int64(bytes.count)))
        try await store.arrivals.append(bytes, to: arrival)
        return try await store.importTenant(
            arrival, key: try ExportKey(text), as: BackupTests.record(name, disk: .mebibytes(4))) { _ in }
    }

    private static func forged(_ fault: Fault, in folder: String) throws -> [UInt8] {
        let path = folder + "/forged.db"
        var steps = StoreFixture.options().tenantSteps
        if fault == .future { steps.append(MigrationStep("of the future") { try $0.execute(sql: "CREATE TABLE later (x)") }) }
        if fault == .nothingOfOurs {
            let queue = try DatabaseQueue(path: path)
            try queue.write { try $0.execute(sql: "CREATE TABLE note (text TEXT NOT NULL) STRICT") }
            try queue.close()
        } else {
            let file = try DatabaseFile(path, named: "x", steps: steps)
            try file.changeBlocking { database in
                try database.execute(sql: "INSERT INTO note SELECT hex(randomblob(500)) FROM sqlite_schema, sqlite_schema, sqlite_schema")
                switch fault {
                case .trigger: try database.execute(sql: "CREATE TRIGGER t AFTER INSERT ON note BEGIN DELETE FROM note; END")
                case .hiddenTrigger:
                    try database.execute(sql: "CREATE TRIGGER sqlitexstat AFTER INSERT ON note BEGIN DELETE FROM note; END")
                case .view: try database.execute(sql: "CREATE VIEW v AS SELECT * FROM note")
                case .table: try database.execute(sql: "CREATE TABLE other (x)")
                default: break
                }
            }
            try file.close()
        }
        var database = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        if fault == .damagedPages {
            for index in (database.count - 4096)..<(database.count - 3500) { database[index] = 0xFF }
        }
        return try sealed(fault, database, to: folder + "/forged")
    }

    private static func sealed(_ fault: Fault, _ database: [UInt8], to path: String) throws -> [UInt8] {
        var digest = BlobDigest(Array(SHA256.hash(data: database)))
        if fault == .wrongDigest { digest = BlobDigest(Array(SHA256.hash(data: [1]))) }
        let blob = BlobDigest(Array(SHA256.hash(data: [7])))
        let size: Int64 = fault == .tooLarge ? 1 << 40 : Int64(database.count)
        let head = Backup(
            id: BackupID(unchecked: "forged"), mark: 1, databaseSize: ByteSize(bytes: size), databaseDigest: digest,
            blobs: fault == .sameBlobTwice ? 2 : fault == .moreBlobs ? 9 : 1, blobSize: ByteSize(bytes: 1), indexDigest: blob
        ).head.bytes
        var writer = try SealedFileWriter(path, key: try ExportKey(text).key, purpose: ExportFormat.purpose)
        try writer.append(withUnsafeBytes(of: UInt32(head.count).bigEndian) { Array($0) } + head)
        try writer.append(database)
        let entry = BlobEntry(digest: blob, size: fault == .endless ? .max : 1)
        for _ in 0..<(fault == .sameBlobTwice ? 2 : 1) { try writer.append(entry.bytes + [7]) }
        if fault == .rest { try writer.append([0]) }
        _ = try writer.finish()
        return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    }
}
