import Control
import Model
import NIOCore
import Plugins
import Store
import Tenancy
import Workflows

extension Daemon {
    /// Backups with what the plugins' side has to do about them.
    static func backups(
        _ store: Store, _ lifecycle: PluginLifecycle, _ secrets: Secrets, _ audit: Audit
    ) -> TenantBackups {
        TenantBackups(
            store,
            TenantBackups.Surroundings(
                away: { (tenant, body) async throws(Problem) in
                    try await lifecycle.whileAway(tenant) { () throws(Problem) in
                        // Before the exchange, too: a crash behind it must not leave a checkpoint that the log which came
                        // back does not reach.
                        audit.forget(tenant)
                        try await body()
                    }
                },
                copied: { database, source, target in
                    try DatabaseHandover.copy(database, from: source, to: target, secrets)
                    try People.reseal(database, from: source, to: target, secrets)
                    try IdentityProvider.reseal(database, from: source, to: target, secrets)
                    try Outbox.clear(database)
                    try Notifications.reseal(database, from: source, to: target, secrets)
                },
                imported: { database in
                    try DatabaseHandover.clean(database)
                    try Notifications.clear(database)
                    try IdentityProvider.clear(database)
                    try People.clear(database)
                    try Outbox.clear(database)
                    try AuditSchema.startAnew(database)
                }))
    }
}

extension DaemonHandler {
    func perform(_ request: BackupRequest, _ stream: ControlStream) async throws -> ControlReply {
        switch request {
        case .make(let id): return .value(BackupReport(try await daemon.backups.make(id)).json)
        case .list(let id):
            let list = try await daemon.backups.list(id)
            return .value(BackupReport.json(list.map { BackupReport(id: $0.id, content: $0.backup.map(BackupReport.Content.init)) }))
        case .restore(let id, let backup, let other): return .value(try await restore(backup, of: id, into: other).json)
        case .export(let id, let backup, let key):
            let file = try await daemon.backups.export(id, backup, key: try ExportKey(key.text))
            return .value(["size": .integer(try await send(file, to: stream))])
        case .importBegin(let size): return .value(["import": .string(try await daemon.store.arrivals.begin(size))])
        case .importAppend(let handle, let chunk):
            try await daemon.store.arrivals.append(Array(chunk.bytes.readableBytesView), to: handle.rawValue)
            return .value([:])
        case .importFinish(let handle, let id, let key, let name, let change):
            let quota = try change.applied(to: daemon.configuration.defaultQuota)
            _ = try await daemon.backups.importTenant(
                handle.rawValue, key: try ExportKey(key.text), as: id, name: name, quota: quota)
            daemon.audit.forget(id)
            await daemon.engine.libraryChanged(of: id)
            await raise("tenant.created", id)
            return .value(try await report(id).json)
        }
    }

    private func restore(_ backup: BackupID, of id: TenantID, into other: TenantID?) async throws(Problem) -> RestoreReport {
        let restored = try await daemon.engine.whileAway(other ?? id) { () throws(Problem) in
            try await daemon.backups.restore(backup, of: id, into: other)
        }
        // The log that came back ends where the backup was made; the platform's log says who brought it back.
        daemon.audit.forget(restored.tenant.id)
        if other != nil { await raise("tenant.created", restored.tenant.id) }
        await daemon.notify(
            restored.tenant.id, Notice(.tenantRestored, about: backup.rawValue, "The tenant was restored from the backup \(backup)."))
        return RestoreReport(
            tenant: restored.tenant.id, backup: backup, undo: restored.undo,
            differences: restored.differences.map {
                RestoreReport.Difference(table: $0.table, before: Int64($0.before), after: Int64($0.after))
            })
    }

    private func send(_ file: ExportFile, to stream: ControlStream) async throws -> Int64 {
        var offset: Int64 = 0
        while offset < file.size.bytes {
            let bytes = try await file.read(at: offset, count: 3 << 20)
            let text = bytes.withUnsafeBytes { Base64.encode($0) }
            try await stream.send(["data": .string(String(decoding: text, as: UTF8.self))])
            offset += Int64(bytes.count)
        }
        return offset
    }
}

extension BackupReport {
    init(_ backup: Backup) { self.init(id: backup.id, content: Content(backup)) }
}

extension BackupReport.Content {
    init(_ backup: Backup) {
        self.init(
            mark: Timestamp(milliseconds: backup.mark).description, databaseBytes: backup.databaseSize.bytes,
            blobs: backup.blobs, blobBytes: backup.blobSize.bytes, writtenBytes: backup.written?.bytes)
    }
}
