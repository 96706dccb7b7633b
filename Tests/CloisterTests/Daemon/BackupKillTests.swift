#if DEBUG
    import Control
    import Glibc
    import HostTesting
    import Model
    import Store
    import Testing

    @testable import cloister

    /// A real `cloister serve` that ends itself with SIGKILL at each step of a backup, a restore and an import in turn: what
    /// the next daemon finds is the old state or the new one.
    @Suite(.serialized, .timeLimit(.minutes(15))) struct BackupKillTests {
        private static let acme = TenantID(unchecked: "acme")

        struct Change: Sendable, CustomTestStringConvertible {
            let name: String
            let make: @Sendable (KilledDaemon, BackupID, [UInt8]) async throws -> Void
            /// How many documents each tenant has, before and after.
            let before: [String: Int]
            let after: [String: Int]
            var testDescription: String { name }
        }

        static let changes = [
            Change(
                name: "backup", make: { daemon, _, _ in _ = try await daemon.send(.backup(.make(acme))) },
                before: ["acme": 2], after: ["acme": 2]),
            Change(
                name: "restore in place",
                make: { daemon, backup, _ in _ = try await daemon.send(.backup(.restore(acme, backup, into: nil))) },
                before: ["acme": 2], after: ["acme": 1]),
            Change(
                name: "restore into a new tenant",
                make: { daemon, backup, _ in
                    _ = try await daemon.send(.backup(.restore(acme, backup, into: TenantID(unchecked: "then"))))
                }, before: ["acme": 2], after: ["acme": 2, "then": 1]),
            Change(
                name: "import",
                make: { daemon, _, export in
                    try await BackupDaemonTests.bring(export, as: TenantID(unchecked: "moved"), to: daemon.socket)
                }, before: ["acme": 2], after: ["acme": 2, "moved": 1]),
        ]

        @Test(arguments: changes) func `a daemon killed at any step leaves the old state or the new one`(change: Change) async throws {
            try await TemporaryFolder.with { (folder) async throws in
                var found: Set<[String: Int]> = []
                for step in 1... {
                    let place = "\(folder)/step\(step)"
                    mkdir(place, 0o755)
                    var backup = BackupID(unchecked: "none")
                    var export: [UInt8] = []
                    try await KilledDaemon.with(place, packages: folder) { daemon in
                        _ = try await daemon.send(.tenantCreate(Self.acme, name: nil, QuotaChange()))
                        try await BackupDaemonTests.put("some text", to: daemon.socket)
                        backup = try BackupReport(try await daemon.send(.backup(.make(Self.acme)))).id
                        export = try await BackupDaemonTests.export(daemon.socket)
                        try await BackupDaemonTests.put("more text", to: daemon.socket)
                    }
                    let (point, file) = (backup, export)
                    let wasKilled = try await KilledDaemon.with(place, packages: folder, killedAt: step) { daemon in
                        try? await change.make(daemon, point, file)
                    }
                    try await KilledDaemon.with(place, packages: folder) { daemon in
                        let state = try await Self.state(daemon)
                        found.insert(state)
                        #expect((wasKilled ? [change.before, change.after] : [change.after]).contains(state), "step \(step): \(state)")
                        let list = try BackupReport.list(try await daemon.send(.backup(.list(Self.acme))))
                        #expect(list.allSatisfy { $0.content != nil } && list.map(\.id).contains(point), "step \(step)")
                        // Each of them can be restored, and from there the change can be made, if it was not.
                        for (number, backup) in list.enumerated() {
                            let id = TenantID(unchecked: "check-\(number)")
                            _ = try await daemon.send(.backup(.restore(Self.acme, backup.id, into: id)))
                            _ = try await daemon.send(.tenantDelete(id))
                        }
                        if state == change.before {
                            try await change.make(daemon, point, file)
                            #expect(try await Self.state(daemon) == change.after, "step \(step)")
                        }
                        #expect(daemon.strays == [], "step \(step)")
                        for tenant in state.keys.map({ TenantID(unchecked: $0) }) {
                            let log = try await daemon.send(.auditVerify(tenant))
                            #expect(log["isWhole"] == true, "step \(step) of \(tenant): \(log.compactText)")
                        }
                    }
                    try FileCopy.remove(place)
                    guard wasKilled else {
                        #expect(step > 4, "no step was killed")
                        break
                    }
                }
                #expect(found == [change.before, change.after])
            }
        }

        /// How many documents each tenant has, all of which can be read.
        private static func state(_ daemon: KilledDaemon) async throws -> [String: Int] {
            var state: [String: Int] = [:]
            for tenant in try TenantReport.list(try await daemon.send(.tenantList())).map(\.id) {
                let list = try await daemon.send(.documentList(tenant, cursor: nil, limit: 10))["documents"]?.array ?? []
                for document in list {
                    let id = try DocumentID(document["document"]?.string ?? "")
                    #expect(try await daemon.send(.documentRead(tenant, id, offset: 0, length: 100))["size"] == 9)
                }
                state[tenant.rawValue] = list.count
            }
            return state
        }
    }

    extension KilledDaemon {
        /// Folders beside those of the tenants, and what is left of backups that were not made.
        var strays: [String] {
            let backups = folder + "/data/backups"
            let unsealed = ((try? FolderNames.list(backups)) ?? []).map { "\(backups)/\($0)/incoming" }
            return ((try? FolderNames.list(folder + "/data/tenants")) ?? []).filter { TenantID(rawValue: $0) == nil }
                + unsealed.filter { access($0, F_OK) == 0 }
        }
    }
#endif
