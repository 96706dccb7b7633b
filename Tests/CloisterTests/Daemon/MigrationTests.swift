import Crypto
import GRDB
import Foundation
import HostTesting
import Model
import Testing

@testable import Store
@testable import cloister

/// Databases as every earlier version left them, each with rows in all of its tables, opened by this one.
struct MigrationTests {
    enum Kind: String, CaseIterable, Sendable {
        case registry, tenant
        var steps: [MigrationStep] { self == .registry ? RegistryDatabase.steps + Daemon.registrySteps : Daemon.tenantSteps }
    }

    @Test(arguments: Kind.allCases) func `what each earlier version wrote is there after the steps that came since`(kind: Kind) async throws {
        try await TemporaryFolder.with { (folder) async throws in
            let latest = try Self.schema(of: folder + "/latest.db", kind.steps)
            for version in 0..<kind.steps.count {
                let path = "\(folder)/\(version).db"
                let old = try DatabaseFile(path, named: "the database", steps: Array(kind.steps.prefix(version)))
                try await old.write { try Self.fill($0) }
                let before = try await old.read { try Self.rows($0) }
                try old.close()
                #expect(before.values.allSatisfy { $0.count == 1 })

                let new = try DatabaseFile(path, named: "the database", steps: kind.steps)
                let after = try await new.read { try Self.rows($0) }
                for (table, rows) in before {
                    // What a step added has a value of its own; what was there has the one that it had.
                    let kept = after[table]?.first?.filter { rows[0][$0.key] != nil }
                    #expect(kept == rows[0], "\(kind) of version \(version): \(table)")
                }
                #expect(try await new.read { try Self.schema($0) } == latest, "\(kind) of version \(version)")
                let findings = try await new.read { try String.fetchAll($0, sql: "PRAGMA integrity_check") }
                #expect(findings == ["ok"])
                try new.close()
            }
        }
    }

    @Test(arguments: Kind.allCases) func `a database of a later version is refused, and not touched`(kind: Kind) async throws {
        try await TemporaryFolder.with { (folder) async throws in
            let path = folder + "/x.db"
            let future = MigrationStep("of the future") { try $0.execute(sql: "CREATE TABLE later (x)") }
            try DatabaseFile(path, named: "the database", steps: kind.steps + [future]).close()
            let problem = #expect(throws: Problem.self) { try DatabaseFile(path, named: "the database", steps: kind.steps) }
            #expect(problem?.code == .unsupported)
            #expect(problem?.message == "the database was written by a newer version of cloister: \(path)")
            #expect(problem?.hint == "install that version, or restore a backup made before it")
            let again = try DatabaseFile(path, named: "the database", steps: kind.steps + [future])
            #expect(try await again.read { try $0.tableExists("later") })
            try again.close()
        }
    }

    /// What a step did once it must do for ever: databases out there were made by it.
    @Test(arguments: Kind.allCases) func `no step is other than it was`(kind: Kind) throws {
        let steps = kind.steps
        #expect(Set(steps.map(\.identifier)).count == steps.count)
        let queue = try DatabaseQueue()
        try queue.write { database in
            var before: Set<String> = []
            for step in steps {
                try step.migrate(database)
                let after = Set(try Self.schema(database))
                let text = after.subtracting(before).sorted().joined(separator: "\n")
                let digest = BlobDigest(Array(SHA256.hash(data: Array(text.utf8)))).hexadecimal.prefix(16)
                before = after
                #expect(Self.known[step.identifier].map { $0 == digest } == true, "\(step.identifier): \(digest)")
            }
        }
    }

    /// The schema that each step left, as a digest.
    private static let known: [String: String] = [
        "notifications 2 choices and mails": "0d7a946aea77bdc1",
        "store 1 outbox": "c7cb6fe5bdfe8221",
        "store 3 outboxes": "53e7ac1697ec601c",
        "tenancy 3 plans": "06d5ecae4aa83d93",
        "tenancy 4 usage": "044d28492fc2ffe3",
        "tenancy 5 invoices": "0842e1af03ff6eb6",
        "1 tenants and identities": "698e533b3828b2e2",
        "store 2 backup keys": "549066d7da3f549d",
        "2 keys": "e9f1fc391675a0b7",
        "3 idempotency": "a2304282ad27f6dc",
        "3 idempotency by age": "22d7fda34a9a8297",
        "4 features": "ef64abe5d5c115a6",
        "5 domains": "baec867fda24270a",
        "domains 2 certificates": "fc90bf5282e8f349",
        "plugins 1 registrations": "afee71b7a5e15ed9",
        "plugins 3 packages": "6596e3f75fbfdca5",
        "mcp 1 eras": "78edd2b048913a1c",
        "plugins 2 grants": "9b8e101edeb92c38",
        "plugins 3 storage": "bb150da19b3117ab",
        "plugins 4 secrets": "0c60217233f7d64e",
        "plugins 5 documents": "8219322800376af9",
        "plugins 6 arrivals": "5f83f55a5979dc1e",
        "audit 1 log": "fe28d1f4195ca900",
        "tenancy 1 branding": "22faec9007c89300",
        "tenancy 2 logo": "8d3727eceb7715fa",
        "people 1 persons": "a5f8f1c771218037",
        "notifications 1 inbox and webhooks": "2be144c99672029c",
        "people 2 invitations and sessions": "bd9e5400bff31b16",
        "sign-in 1 providers and identities": "cab607af77b6b196",
        "sign-in 2 groups": "826546b34472d37c",
        "people 3 recoveries": "89a571f97440fa0a",
        "plugins 7 uploads": "3acf3d422e9fb524",
        "workflows definitions 1": "5e19083a353f5f4c",
        "1 workflow runs": "5da25adbcc30fda0",
        "1 workflow schedules": "10d9c629f07320c4",
        "provisioning 1 profiles": "358f1ed13aed357c",
        "provisioning 2 groups": "682cf3a727051ebb",
        "plugins 8 hosts of secrets": "e928d4987b67cd68",
        "notifications 3 messages of workflows": "01280adfd805f854",
        "2 what steps send": "f6687d3b61df5ab9",
        "3 runs that wait until nothing more comes": "3054fa0d94dcf432",
        "2 workflow polls": "cc636eec1958e950",
        "plugins 9 what was consented to": "d0c3f79bd5128412",
        "plugins 10 kept data": "eb7397ffa7de4830",
        "workflows definitions 2 links": "7e275dd7b0bcb584",
        "plugins 11 when they were configured": "33efd7382b821921",
        "notifications 4 notices to one person": "210f1f9592913bb5",
        "3 polls at times": "9b4837b6c701a9fd",
        "4 what held runs have taken": "080e929f08e0b36a",
        "5 runs of one node": "0e671606ace910e1",
    ]

    private static func schema(of path: String, _ steps: [MigrationStep]) throws -> [String] {
        let file = try DatabaseFile(path, named: "the database", steps: steps)
        let schema = try file.readBlocking { database in try Self.schema(database) }
        try file.close()
        return schema
    }

    private static func schema(_ database: Database) throws -> [String] {
        try String.fetchAll(database, sql: "SELECT coalesce(sql, name) FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY 1")
    }

    private static func tables(_ database: Database) throws -> [(name: String, sql: String)] {
        try Row.fetchAll(
            database,
            sql: """
                SELECT name, sql FROM sqlite_schema
                WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'grdb_%' ORDER BY rowid
                """
        ).map { ($0["name"], $0["sql"]) }
    }

    private static func rows(_ database: Database) throws -> [String: [[String: DatabaseValue]]] {
        var rows: [String: [[String: DatabaseValue]]] = [:]
        for (name, _) in try tables(database) {
            rows[name] = try Row.fetchAll(database, sql: "SELECT * FROM \"\(name)\"").map { row in
                Dictionary(uniqueKeysWithValues: row.map { ($0.0, $0.1) })
            }
        }
        return rows
    }

    /// A row in every table: all keys are the same, so that references hold once all are there. A table that a step made anew comes
    /// behind those that refer to it.
    private static func fill(_ database: Database) throws {
        try database.execute(sql: "PRAGMA defer_foreign_keys = ON")
        for (name, sql) in try tables(database) {
            var names: [String] = []
            var values: [DatabaseValue] = []
            for column in try database.columns(in: name) {
                names.append("\"\(column.name)\"")
                values.append(value(column, in: sql))
            }
            let marks = values.map { _ in "?" }.joined(separator: ", ")
            try database.execute(
                sql: "INSERT INTO \"\(name)\" (\(names.joined(separator: ", "))) VALUES (\(marks))",
                arguments: StatementArguments(values))
        }
    }

    private static func value(_ column: ColumnInfo, in sql: String) -> DatabaseValue {
        // One of those that the table admits, where it names them.
        if let list = sql.split(separator: "CHECK (\(column.name) IN (").dropFirst().first,
            let word = list.split(separator: "'").first
        {
            return String(word).databaseValue
        }
        return switch column.type.uppercased() {
        case "INTEGER": 1.databaseValue
        case "REAL": 1.5.databaseValue
        case "BLOB": Data([1, 2]).databaseValue
        default: "x".databaseValue
        }
    }
}
