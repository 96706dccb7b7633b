import Foundation
import GRDB
import Model
import Testing

@testable import Store

struct DatabaseFileTests {
    @Test func `a database is durable, logged ahead and keeps its references`() async throws {
        try await StoreFixture.withFolder { (path: String) async throws in
            let file = try DatabaseFile(path + "/x.db", named: "x", steps: [])
            let settings = try await file.write { database in
                try ["synchronous", "journal_mode", "foreign_keys"].map { name in
                    try String.fetchOne(database, sql: "PRAGMA \(name)") ?? ""
                }
            }
            #expect(settings == ["2", "wal", "1"])
            try file.close()
        }
    }

    @Test func `steps are applied once and in order, and a newer file is refused`() async throws {
        try await StoreFixture.withFolder { (path: String) async throws in
            let first = MigrationStep("1") { try $0.execute(sql: "CREATE TABLE a (x)") }
            let second = MigrationStep("2") { try $0.execute(sql: "INSERT INTO a VALUES (1)") }
            for steps in [[first], [first, second], [first, second]] {
                let file = try DatabaseFile(path + "/x.db", named: "x", steps: steps)
                let count = try await file.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM a") }
                #expect(count == steps.count - 1)
                try file.close()
            }
            let error = #expect(throws: Problem.self) {
                try DatabaseFile(path + "/x.db", named: "the registry", steps: [first])
            }
            #expect(error?.code == .unsupported)
            #expect(error?.message == "the registry was written by a newer version of cloister: \(path)/x.db")
        }
    }

    @Test func `a step that fails leaves the schema as it was`() async throws {
        try await StoreFixture.withFolder { (path: String) async throws in
            let good = MigrationStep("1") { try $0.execute(sql: "CREATE TABLE a (x)") }
            let bad = MigrationStep("2") { database in
                try database.execute(sql: "CREATE TABLE b (x)")
                try database.execute(sql: "no sql at all")
            }
            #expect(throws: Problem.self) { try DatabaseFile(path + "/x.db", named: "x", steps: [good, bad]) }
            let file = try DatabaseFile(path + "/x.db", named: "x", steps: [good])
            let tables = try await file.read {
                try String.fetchAll($0, sql: "SELECT name FROM sqlite_master WHERE name IN ('a', 'b')")
            }
            #expect(tables == ["a"])
            try file.close()
        }
    }

    @Test func `a file that is no database or damaged is named as such`() async throws {
        try await StoreFixture.withFolder { (path: String) async throws in
            try Data(repeating: 0x41, count: 10_000).write(to: URL(fileURLWithPath: path + "/text.db"))
            let error = #expect(throws: Problem.self) {
                try DatabaseFile(path + "/text.db", named: "the registry", steps: [])
            }
            #expect(error?.code == .internalFault)
            #expect(error?.message == "cannot open the registry: the file is damaged: \(path)/text.db")
            #expect(error?.hint == "restore it from a backup")

            let step = MigrationStep("1") { database in
                try database.execute(sql: "CREATE TABLE a (x TEXT)")
                for _ in 0..<200 { try database.execute(sql: "INSERT INTO a VALUES (hex(randomblob(500)))") }
            }
            let file = try DatabaseFile(path + "/page.db", named: "x", steps: [step])
            try file.close()
            var bytes = try Data(contentsOf: URL(fileURLWithPath: path + "/page.db"))
            for index in stride(from: 4096 * 3, to: bytes.count, by: 4096) {
                bytes.replaceSubrange(index..<(index + 64), with: Data(repeating: 0xFF, count: 64))
            }
            try bytes.write(to: URL(fileURLWithPath: path + "/page.db"))
            let damaged = try DatabaseFile(path + "/page.db", named: "x", steps: [step])
            let found = #expect(throws: Problem.self) { try damaged.verify() }
            #expect(found?.message.contains("the file is damaged") == true)
            let read = await #expect(throws: Problem.self) {
                try await damaged.read { try Int.fetchOne($0, sql: "SELECT sum(length(x)) FROM a") }
            }
            #expect(read?.message.contains("the file is damaged") == true)
        }
    }

    @Test func `a folder, a missing folder and a closed database give their own reason`() async throws {
        try await StoreFixture.withFolder { (path: String) async throws in
            let missing = #expect(throws: Problem.self) { try DatabaseFile(path + "/none/x.db", named: "x", steps: []) }
            #expect(missing?.code == .permissionDenied)
            #expect(throws: Problem.self) { try DatabaseFile(path, named: "x", steps: []) }
            let file = try DatabaseFile(path + "/x.db", named: "x", steps: [])
            try file.close()
            await #expect(throws: Problem.self) { try await file.read { _ in 1 } }
        }
    }

    @Test func `problems of the work pass through, and its changes are undone`() async throws {
        try await StoreFixture.withFolder { (path: String) async throws in
            let file = try DatabaseFile(
                path + "/x.db", named: "x", steps: [MigrationStep("1") { try $0.execute(sql: "CREATE TABLE a (x)") }])
            await #expect(throws: Problem(.conflict, "mine")) {
                try await file.write { database in
                    try database.execute(sql: "INSERT INTO a VALUES (1)")
                    throw Problem(.conflict, "mine")
                }
            }
            let count = try await file.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM a") }
            #expect(count == 0)
            try file.close()
        }
    }
}
