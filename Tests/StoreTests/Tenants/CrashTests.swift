import Foundation
import GRDB
import Glibc
import Model
import Testing

@testable import Store

/// What a daemon finds that starts on what another left when it was killed.
struct CrashTests {
    @Test func `what was committed is there`() async throws {
        try await StoreFixture.with { (store: Store) async throws in
            for index in 0..<5 { _ = try await store.createTenant(id("t\(index)")) }
            let tenant = try await store.tenant(id("t3"))
            for index in 0..<50 { try await tenant.addNote("note \(index)") }
            _ = try await store.slot(of: plugin("p"), for: id("t3"), below: 10)
            try await StoreFixture.afterCrash(of: store) { (reopened: Store) async throws in
                #expect(try await reopened.tenants().count == 5)
                #expect(try await reopened.tenant(id("t3")).notes().count == 50)
                #expect(try await reopened.slot(of: plugin("q"), for: id("t1"), below: 10) == 1)
            }
        }
    }

    @Test func `a tenant whose folder was not made yet works`() async throws {
        try await StoreFixture.with { (store: Store) async throws in
            try await store.registry.insert(
                Tenant(id: id("early"), name: nil, created: 1, quota: .ordinary, state: .active))
            try await StoreFixture.afterCrash(of: store) { (reopened: Store) async throws in
                try await reopened.tenant(id("early")).addNote("x")
                #expect(try await reopened.tenant(id("early")).notes() == ["x"])
            }
        }
    }

    @Test(arguments: ["marked", "half removed", "removed"])
    func `a deletion is finished by the next start`(step: String) async throws {
        try await StoreFixture.with { (store: Store) async throws in
            for name in ["gone", "kept"] {
                _ = try await store.createTenant(id(name))
                try await store.tenant(id(name)).addNote(name)
            }
            let folder = store.folder.tenant(try id("gone"))
            _ = try await store.slot(of: plugin("p"), for: id("gone"), below: 10)
            try await store.registry.markDeleting(id("gone"))
            if step != "marked" { unlink(folder.databasePath) }
            if step == "removed" { try FolderRemoval.remove(folder.path) }
            try await StoreFixture.afterCrash(of: store) { (reopened: Store) async throws in
                #expect(reopened.unfinishedDeletions.isEmpty)
                #expect(try await reopened.tenants().map(\.id.rawValue) == ["kept"])
                #expect(!StoreFixture.exists(reopened.folder.tenant(try id("gone")).path))
                #expect(try await reopened.tenant(id("kept")).notes() == ["kept"])
                #expect(try await reopened.slot(of: plugin("p"), for: id("kept"), below: 10) == 0)
            }
        }
    }

    @Test func `a deletion that fails is reported, blocks its name only, and can be repeated`() async throws {
        try await StoreFixture.withFolder { (path: String) async throws in
            var options = StoreFixture.options()
            options.removeFolder = { (_) throws(Problem) in throw Problem(.permissionDenied, "cannot remove it") }
            var store: Store? = try await Store.open(path, options)
            _ = try await store?.createTenant(id("stuck"))
            await #expect(throws: Problem(.permissionDenied, "cannot remove it")) {
                try await store?.deleteTenant(id("stuck"))
            }
            #expect(try await store?.record(of: id("stuck")).state == .deleting)
            let again = await #expect(throws: Problem.self) { try await store?.createTenant(id("stuck")) }
            #expect(again?.message == "tenant is being deleted: stuck")
            await #expect(throws: Problem.self) { try await store?.tenant(id("stuck")) }
            await #expect(throws: Problem.self) { try await store?.setQuota(.ordinary, of: id("stuck")) }
            await #expect(throws: Problem.self) { try await store?.slot(of: plugin("p"), for: id("stuck"), below: 9) }
            await store?.close()
            store = nil

            store = try await Store.open(path, options)
            #expect(store?.unfinishedDeletions == [try id("stuck"): Problem(.permissionDenied, "cannot remove it")])
            await store?.close()
            store = nil

            store = try await Store.open(path, StoreFixture.options())
            #expect(try await store?.tenants().isEmpty == true)
            await store?.close()
        }
    }

    @Test func `half-written blobs of an earlier run are swept away`() async throws {
        try await StoreFixture.with { (store: Store) async throws in
            _ = try await store.createTenant(id("a"))
            let tenant = try await store.tenant(id("a"))
            let writer = try await tenant.blobs().begin(limit: .mebibytes(1))
            try await writer.append([1, 2, 3])
            try await StoreFixture.afterCrash(of: store) { (reopened: Store) async throws in
                let incoming = BlobStore.incoming(reopened.folder.tenant(try id("a")).blobsPath)
                #expect(try FileManager.default.contentsOfDirectory(atPath: incoming).count == 1)
                _ = try await reopened.tenant(id("a"))
                #expect(!StoreFixture.exists(incoming))
            }
            // Which does not touch those of this run.
            _ = try await store.tenant(id("a"))
            _ = try await writer.finish()
        }
    }

    @Test func `the sweep at the first use of a tenant takes nothing from who uses it at once`() async throws {
        try await StoreFixture.withFolder { path in
            for _ in 0..<20 {
                let store = try await Store.open(path + "/data", StoreFixture.options())
                let acme = try id("acme")
                if try await store.tenants().isEmpty { _ = try await store.createTenant(acme) }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<8 {
                        group.addTask {
                            let writer = try await store.tenant(acme).blobs().begin(limit: .mebibytes(1))
                            try await writer.append([UInt8(number)])
                            _ = try await writer.finish()
                        }
                    }
                    try await group.waitForAll()
                }
                await store.close()
            }
        }
    }

    @Test func `a damaged registry stops the start, a damaged tenant only itself`() async throws {
        try await StoreFixture.withFolder { (path: String) async throws in
            var store: Store? = try await Store.open(path, StoreFixture.options())
            for name in ["bad", "good"] {
                _ = try await store?.createTenant(id(name))
                try await store?.tenant(id(name)).addNote(name)
            }
            await store?.close()
            store = nil
            let folder = try StoreFolder(path)
            try Data(repeating: 0x5A, count: 8192).write(
                to: URL(fileURLWithPath: folder.tenant(id("bad")).databasePath))
            store = try await Store.open(path, StoreFixture.options())
            #expect(try await store?.tenant(id("good")).notes() == ["good"])
            let error = await #expect(throws: Problem.self) { try await store?.tenant(id("bad")).notes() }
            #expect(error?.message.hasPrefix("cannot open the database of tenant bad: the file is damaged: ") == true)
            // And it stays possible to get rid of it.
            try await store?.deleteTenant(id("bad"))
            await store?.close()
            store = nil
            try Data("not a database, but long enough to look like one".utf8).write(
                to: URL(fileURLWithPath: folder.registryPath))
            let start = await #expect(throws: Problem.self) { try await Store.open(path) }
            #expect(start?.message == "cannot open the registry: the file is damaged: \(folder.registryPath)")
        }
    }
}
