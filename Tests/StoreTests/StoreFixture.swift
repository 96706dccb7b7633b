import Foundation
import GRDB
import Glibc
import Model

@testable import Store

/// A data folder of its own for each test, gone afterwards.
enum StoreFixture {
    static func withFolder<Value>(_ body: (String) async throws -> Value) async throws -> Value {
        var template = Array("/tmp/cloister-store-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Problem(.internalFault, "mkdtemp") }
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { try? FolderRemoval.remove(path) }
        return try await body(path)
    }

    static func with<Value>(
        openTenants: Int = 64, _ body: (Store) async throws -> Value
    ) async throws -> Value {
        try await withFolder { path in
            let store = try await Store.open(path + "/data", options(openTenants: openTenants))
            let value = try await body(store)
            await store.close()
            return value
        }
    }

    /// A schema with one table of notes for tenants.
    static func options(openTenants: Int = 64) -> Store.Options {
        var options = Store.Options()
        options.openTenants = openTenants
        options.tenantSteps = [
            MigrationStep("notes") { try $0.execute(sql: "CREATE TABLE note (text TEXT NOT NULL) STRICT") }
        ]
        return options
    }

    /// The folder as a crash would leave it now: a copy taken while the store is open, opened by a daemon of its own.
    static func afterCrash<Value>(of store: Store, _ body: (Store) async throws -> Value) async throws -> Value {
        let copy = store.folder.path + "-crashed"
        try? FolderRemoval.remove(copy)
        try FileManager.default.copyItem(atPath: store.folder.path, toPath: copy)
        defer { try? FolderRemoval.remove(copy) }
        let reopened = try await Store.open(copy, options())
        let value = try await body(reopened)
        await reopened.close()
        return value
    }

    static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    static func mode(_ path: String) -> mode_t {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_mode & 0o7777 : 0
    }
}

extension TenantStore {
    func addNote(_ text: String) async throws(Problem) {
        try await write { try $0.execute(sql: "INSERT INTO note VALUES (?)", arguments: [text]) }
    }

    func notes() async throws(Problem) -> [String] {
        try await read { try String.fetchAll($0, sql: "SELECT text FROM note ORDER BY rowid") }
    }
}

func id(_ text: String) throws -> TenantID { try TenantID(text) }
func plugin(_ text: String) throws -> PluginID { try PluginID(text) }
