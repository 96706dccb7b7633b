import Control
import Egress
import Glibc
import Model
import Sandbox
import Store
import NIOCore
import Plugins
import Supervisor
import Tenancy

/// Answers the control socket: decodes, calls one function of the domain, encodes.
struct DaemonHandler: ControlHandler {
    let daemon: Daemon
    let installation: Installation
    let socket: String
    let marketplace: Marketplace

    init(daemon: Daemon, installation: Installation, socket: String) {
        (self.daemon, self.installation, self.socket) = (daemon, installation, socket)
        marketplace = Marketplace(catalogue: Catalogue(installation, data: daemon.store.folder), host: daemon.host)
    }

    func handle(
        _ request: ControlRequest, from caller: ControlCaller, stream: ControlStream
    ) async throws -> ControlReply {
        try await perform(request, for: Caller(caller), stream: stream)
    }

    /// Does what a request asks for. Whoever calls it has seen to the audit log: see `perform`.
    func answer(_ request: ControlRequest, for caller: Caller, stream: ControlStream) async throws -> ControlReply {
        let subject = await tenant(of: request) ?? caller.principal.tenant
        try daemon.checkFeature(of: request.method, for: subject)
        return switch request {
        case .status: .value(try await status().json)
        case .tenantCreate(let id, let name, let change):
            .value(try await create(id, name, change).json)
        case .tenantList(let part): .value(try await tenants(part))
        case .tenantShow(let id): .value(try await report(id).json)
        case .tenantQuota(let id, let change): .value(try await setQuota(id, change).json)
        case .tenantDelete(let id): .value(try await delete(id))
        case .pluginRun(let tenant, let source, let configuration):
            .value(try await run(source, for: tenant, configuration, caller).json)
        case .pluginList(let tenant, let part): .value(try await plugins(of: tenant, part))
        case .pluginAvailable(let search): .value(["plugins": .array(try await marketplace.catalogue.find(search))])
        case .pluginShow(let reference):
            .value(report(try await daemon.host.show(reference.plugin, for: reference.tenant)).json)
        case .pluginCall(let call): .raw(try await self.call(call, owner: caller.connection))
        case .pluginLogs(let reference, let follow, let lines):
            .value(try await logs(reference, follow: follow, lines: lines, stream))
        case .pluginRestart(let reference):
            .value(PluginReport(try await daemon.host.restart(reference.plugin, for: reference.tenant)).json)
        case .pluginStop(let reference):
            .value(PluginReport(try await daemon.host.stop(reference.plugin, for: reference.tenant)).json)
        case .pluginPermissions(let reference, let request):
            .value(try await permissions(of: reference, changing: request, caller).json)
        case .pluginInstall(let tenant, let document, let wishes):
            .value(try await install(tenant, document, wishes, caller).json)
        case .pluginUpdate(let tenant, let document, let wishes):
            .value(try await update(tenant, document, wishes, caller).json)
        case .pluginRollback(let reference, let text):
            .value(
                try await change(reference) { (lifecycle, plugin, tenant) throws(Problem) in
                    let version = try text.map { (text) throws(Problem) in try Version(text) }
                    try await lifecycle.rollback(plugin, for: tenant, to: version)
                }.json)
        case .pluginPin(let reference, let isPinned):
            .value(
                try await change(reference) { (lifecycle, plugin, tenant) throws(Problem) in
                    try await lifecycle.pin(plugin, for: tenant, isPinned)
                }.json)
        case .pluginConsent(let reference, let version, let digest):
            .value(try await consent(reference, version, digest, caller).json)
        case .pluginConfiguration(let reference): .value(try await configuration(of: reference))
        case .pluginConfigure(let reference, let configuration):
            .value(
                try await change(reference) { (lifecycle, plugin, tenant) throws(Problem) in
                    try await lifecycle.configure(plugin, for: tenant, configuration)
                }.json)
        case .pluginEnable(let reference):
            .value(
                try await change(reference) { (lifecycle, plugin, tenant) throws(Problem) in
                    try await lifecycle.enable(plugin, for: tenant)
                }.json)
        case .pluginDisable(let reference):
            .value(
                try await change(reference) { (lifecycle, plugin, tenant) throws(Problem) in
                    try await lifecycle.disable(plugin, for: tenant)
                }.json)
        case .pluginUninstall(let reference, let purges):
            .value(try await uninstall(reference, purges))
        case .documentBegin(let tenant, let name, let size):
            .value(try await begin(name, size, for: tenant, caller))
        case .documentAppend(let handle, let chunk):
            .value(try await append(chunk, to: handle, caller))
        case .documentFinish(let handle): .value(try await finish(handle, caller).json)
        case .documentKeep(let handle): .value(try await keep(handle, caller))
        case .documentList(let tenant, let cursor, let limit):
            .value(try await documents(of: tenant, before: cursor, limit: limit))
        case .documentShow(let tenant, let id): .value(try await show(id, of: tenant))
        case .documentRead(let tenant, let id, let offset, let length):
            .raw(try await read(id, of: tenant, at: offset, length))
        case .documentDelete(let tenant, let id): .value(try await delete(id, of: tenant))
        case .documentProcess(let tenant, let id): .value(try await process(id, of: tenant))
        case .secretSet(let tenant, let name, let value): .value(try await setSecret(name, to: value, of: tenant))
        case .secretList(let tenant, let part): .value(try await secrets(of: tenant, part))
        case .secretShow(let tenant, let name): .value(try await secret(name, of: tenant))
        case .secretDelete(let tenant, let name): .value(try await deleteSecret(name, of: tenant))
        case .hookList(let tenant): .value(try await hooks(of: tenant))
        case .hookApply(let request): .raw(try await run(request))
        case .eventEmit(let request): .raw(try await emit(request))
        case .upload(let request): .value(try await perform(request))
        case .backup(let request): try await perform(request, stream)
        case .whitelabel(let request): .value(try await whitelabel(request))
        case .keyCreate(let request): .value(try await createKey(request, caller).json)
        case .keyList(let tenant, let part): .value(try keys(of: tenant, part, caller))
        case .keyShow(let key): .value(KeyReport(try daemon.keys.find(key, for: caller.principal)).json)
        case .keyRevoke(let key): .value(KeyReport(try await revokeKey(key, by: caller.principal)).json)
        case .auditList(let query): .value(try await auditEntries(query, caller))
        case .auditVerify(let tenant): .value(try await verifyAudit(of: tenant, caller))
        case .auditExport(let query): .value(try await exportAudit(query, caller, stream))
        case .people(let request): .value(try await perform(request, for: caller))
        case .plans(let request): .value(try await perform(request, for: caller))
        case .notification(let request): .value(try await perform(request))
        case .webhook(let request): .value(try await perform(request, for: caller))
        case .workflow(let request): .value(try await perform(request, for: caller))
        case .template(let request): .value(try await perform(request, for: caller))
        case .run(let request): .value(try await perform(request, for: caller, stream))
        case .identityProvider(let request): .value(try await perform(request, for: caller))
        case .hookRestore(let reference, let handler):
            .value([
                "restored": JSONValue(
                    daemon.host.hooks.restore(reference.plugin, handler: handler, for: reference.tenant))
            ])
        }
    }

    func connectionEnded(_ caller: ControlCaller) async {
        await daemon.host.documents.release(owner: caller.connection)
    }
}

extension DaemonHandler {
    private func report(_ snapshot: PluginHost.Snapshot) -> PluginReport {
        var report = PluginReport(snapshot)
        report.egress = daemon.egress.usage(of: snapshot.id, for: snapshot.tenant).map(EgressReport.init)
        return report
    }

    private func status() async throws(Problem) -> StatusReport {
        let children = await daemon.host.statuses.flatMap(\.instances).filter { $0.state != "stopped" }
        let uptime = ContinuousClock.now - daemon.started
        var report = StatusReport(
            version: Cloister.version, state: daemon.state, processID: getpid(), uptimeSeconds: uptime.components.seconds,
            data: daemon.store.folder.path, socket: socket, identities: daemon.identities.name,
            enforcement: EnforcementReport(daemon.enforcement), tenants: try await daemon.store.tenants().count,
            children: children.map(ChildReport.init))
        report.egress = EgressReport(daemon.egress.usage())
        return report
    }

    private func run(
        _ source: PluginSource, for tenant: TenantID, _ configuration: JSONValue?, _ caller: Caller
    ) async throws(Problem) -> PluginReport {
        let folder: String
        switch source {
        case .folder(let path): folder = path
        case .named(let id): folder = try installation.bundledPlugin(id)
        }
        let snapshot = try await daemon.host.run(
            folder: folder, for: tenant, configuration: configuration, by: caller.description)
        var report = PluginReport(snapshot)
        report.grants = daemon.host.grants.permissions(of: snapshot.id, for: tenant).map(\.description)
        return report
    }

    private func call(_ call: PluginCall, owner: UInt64) async throws(Problem) -> ByteBuffer {
        try await daemon.host.call(
            call.tool, of: call.reference.plugin, for: call.reference.tenant, input: call.input,
            documents: call.documents.mapValues(\.rawValue), stored: call.stored, owner: owner, deadline: call.deadline)
    }

    private func logs(
        _ reference: PluginReference, follow: Bool, lines: Int, _ stream: ControlStream
    ) async throws -> JSONValue {
        let pool = try await daemon.host.pool(of: reference.plugin, for: reference.tenant)
        if follow {
            for try await entry in pool.followLog(last: lines) { try await stream.send(LogLine(entry).json) }
        } else {
            for entry in await pool.log(last: lines) { try await stream.send(LogLine(entry).json) }
        }
        return [:]
    }

    private func begin(
        _ name: DocumentName, _ size: ByteSize, for id: TenantID, _ caller: Caller
    ) async throws(Problem) -> JSONValue {
        let store = try await daemon.store.tenant(id)
        let handle = try await daemon.host.documents.begin(name.text, size: size, for: store, owner: caller.connection)
        return ["handle": .string(handle)]
    }

    private func append(
        _ chunk: DocumentChunk, to handle: DocumentHandle, _ caller: Caller
    ) async throws(Problem) -> JSONValue {
        try await daemon.host.documents.append(
            Array(chunk.bytes.readableBytesView), to: handle.rawValue, owner: caller.connection)
        return [:]
    }

    private func finish(_ handle: DocumentHandle, _ caller: Caller) async throws(Problem) -> DocumentReport {
        let receipt = try await daemon.host.documents.finish(handle.rawValue, owner: caller.connection)
        return DocumentReport(handle: handle, sha256: receipt.digest.hexadecimal, size: receipt.size)
    }
}
