import Logging
package import Model
package import NIOCore
import Sandbox
package import Store
package import Supervisor
import Synchronization
import Wire

/// The plugins of every tenant: registered from folders, started when first called, called through their tools.
package final class PluginHost: Sendable {
    struct Key: Hashable, Sendable {
        let tenant: TenantID
        let plugin: PluginID
    }

    /// A plugin with what it is doing now.
    package struct Snapshot: Sendable {
        package let tenant: TenantID
        package let id: PluginID
        package let name: String
        package let version: String
        package let folder: String
        package let tools: [(name: String, description: String)]
        package let status: PoolStatus
        package let standing: PluginStanding
    }

    let environment: HostingEnvironment
    package let grants: Grants
    package let hooks: Hooks
    package let secrets: Secrets
    package let shelf: DocumentShelf
    package let documents: DocumentDesk
    package let uploads: Uploads
    let places = ExchangePlaces()
    private let manifests = ManifestMemory()
    let connections: any Connections
    private let hosted = Mutex<[Key: HostedPlugin]>([:])
    /// Tenants that are being removed.
    let departing = Mutex<Set<TenantID>>([])
    /// Registering, loading and removing happen one after the other; calls never wait for them.
    let changes = SerialWork()

    let diskQuota: DiskQuota

    /// `step` is told the name of each step by which documents come and go; tests end the process there.
    package init(
        _ environment: HostingEnvironment, connections: any Connections = NoConnections(),
        step: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.environment = environment
        shelf = DocumentShelf(step: step)
        self.connections = connections
        let logger = environment.logger
        grants = Grants(store: environment.store) { refusal in
            logger.warning("\(refusal.problem.message)", metadata: refusal.metadata)
            environment.refused(refusal)
        }
        diskQuota = DiskQuota(store: environment.store, supervisor: environment.supervisor)
        hooks = Hooks(grants: grants, meter: environment.meter, logger: logger)
        secrets = Secrets(folder: environment.store.folder.path)
        documents = DocumentDesk(shelf, diskQuota)
        uploads = Uploads(shelf, diskQuota, step: step)
        connectHooks()
        diskQuota.connect(
            DiskQuota.Inspection(
                usage: { [weak self] (plugin, store) async throws(Problem) in try await self?.closedUsage(of: plugin, store) },
                reopen: { [weak self] (plugin, store) async throws(Problem) in try await self?.reopen(plugin, of: store) }))
        grants.observe { [weak self] tenant, grant in self?.tellGrants(of: grant.plugin, to: tenant) }
    }

    /// Watches over what the kernel cannot, until its task is cancelled.
    package func watch() async {
        async let counts: Void = grants.watch()
        await diskQuota.watch()
        await counts
    }

    /// Measures the tenants' disks now; `watch` does so every few seconds.
    package func measureDisks() async { await diskQuota.look() }

    /// Bytes that a tenant's files take up on disk. Walks over all of them.
    package func diskUsage(of tenant: TenantID) async throws(Problem) -> ByteSize {
        try await diskQuota.measure(try await environment.store.tenant(tenant))
    }

    /// Registers a folder's plugin for a tenant in place of what had its name, starts it, and returns when it answers.
    ///
    /// The registration stays when the plugin does not come up: its author mends it and calls again.
    package func run(
        folder path: String, for tenant: TenantID, configuration: JSONValue?, by person: String = "operator"
    ) async throws(Problem) -> Snapshot {
        let plugin = try await changes.run { () throws(Problem) in
            let store = try await self.environment.store.tenant(tenant)
            let folder = try PluginFolder.open(path, dataFolder: self.environment.store.folder)
            let registration = try await PluginRegistration.register(folder, configuration, in: store)
            try await self.grants.grantRequests(of: folder.manifest, by: person, in: store)
            return try await self.load(registration, folder, store)
        }
        try await plugin.warm()
        return try await show(plugin.manifest.id, for: tenant)
    }

    /// Calls a tool. `input` is valid JSON; `documents`, which the caller brought, and `stored`, which are the tenant's, fill
    /// the tool's document properties, the empty name the first one.
    ///
    /// What a caller brings is his to give. What is the tenant's the plugin must be granted to read, as if it opened it itself.
    /// Input and output are checked against the tool's schemas. Throws what the input lacks, the plugin's own error, or
    /// why the plugin could not answer.
    package func call(
        _ toolName: String, of id: PluginID, for tenant: TenantID, input: ByteBuffer, documents handles: [String: String],
        stored: [String: DocumentID] = [:], owner: UInt64, deadline: Duration?, key: String? = nil
    ) async throws(Problem) -> ByteBuffer {
        try diskQuota.check(tenant)
        let plugin = try await find(id, for: tenant)
        let tool = try await plugin.tool(toolName)
        var input = input
        var placed: [String] = []
        defer { for place in placed { plugin.exchange.remove(place: place) } }
        if !handles.isEmpty || !stored.isEmpty {
            input = try await place(handles, stored, for: tool, of: plugin, owner: owner, input: input, placed: &placed)
        }
        try check(input, against: tool.input, of: tool, "input", .invalidInput)
        try environment.meter.count(id, for: tenant)
        let longest = plugin.manifest.deadlines.call
        let soft = min(deadline ?? longest, longest)
        let message = ToolCall.parameters(tool: tool.remoteName ?? tool.name, input: input, deadline: soft, key: key)
        let answer = try await hooks.chains.during(id, of: tenant) { () async throws(Problem) in
            try await plugin.pool.call("tool/call", message, deadline: soft, hardLimit: deadline ?? longest * 10)
        }
        let output = try ToolCall.output(of: answer, tool: toolName)
        try check(output, against: tool.output, of: tool, "output", .pluginFailed)
        return output
    }

    package func list(tenant: TenantID?) async throws(Problem) -> [Snapshot] {
        var snapshots: [Snapshot] = []
        for record in try await tenants(tenant) where record.state == .active {
            let store = try await environment.store.tenant(record.id).passing
            for registration in try await PluginRegistration.all(in: store) {
                snapshots.append(try await snapshot(of: registration, in: store))
            }
        }
        return snapshots
    }

    /// Those of a tenant by identifier, as many as `limit`; those behind `cursor`, which is `next` of the page before. Throws
    /// `invalidInput` for any other text.
    package func page(of tenant: TenantID, after cursor: String?, limit: Int) async throws(Problem) -> KeysetPage<Snapshot> {
        let store = try await environment.store.tenant(tenant)
        let page = try await PluginRegistration.page(in: store, after: cursor, limit: limit)
        var snapshots: [Snapshot] = []
        for registration in page.elements { snapshots.append(try await snapshot(of: registration, in: store)) }
        return KeysetPage(snapshots, next: page.next)
    }

    /// All of them, or the one, if there is one.
    private func tenants(_ id: TenantID?) async throws(Problem) -> [Tenant] {
        guard let id else { return try await environment.store.tenants() }
        do throws(Problem) { return [try await environment.store.record(of: id)] } catch {
            guard error.code == .notFound else { throw error }
            return []
        }
    }

    package func show(_ id: PluginID, for tenant: TenantID) async throws(Problem) -> Snapshot {
        let store = try await environment.store.tenant(tenant)
        return try await snapshot(of: try await PluginRegistration.find(id, in: store), in: store)
    }

    package func pool(of id: PluginID, for tenant: TenantID) async throws(Problem) -> ChildPool {
        try await find(id, for: tenant).pool
    }

    /// Ends the plugin's instances and starts it again with its folder as it is now.
    package func restart(_ id: PluginID, for tenant: TenantID) async throws(Problem) -> Snapshot {
        let plugin = try await changes.run { () throws(Problem) in
            let store = try await self.environment.store.tenant(tenant)
            let registration = try await PluginRegistration.find(id, in: store)
            try registration.checkCallable(for: tenant)
            let folder = try self.folder(of: registration)
            return try await self.load(registration, folder, store)
        }
        try await plugin.warm()
        return try await show(id, for: tenant)
    }

    /// Ends the plugin's instances; calls are refused until it is restarted.
    package func stop(_ id: PluginID, for tenant: TenantID) async throws(Problem) -> Snapshot {
        let plugin = try await find(id, for: tenant)
        await plugin.pool.stop(
            refusing: Problem(
                .conflict, "plugin \(id) is stopped for tenant \(tenant)",
                hint: "cloister plugin restart \(id) --tenant \(tenant)"))
        return try await show(id, for: tenant)
    }

    package var statuses: [PoolStatus] {
        get async {
            var statuses: [PoolStatus] = []
            for pool in environment.supervisor.all { statuses.append(await pool.status()) }
            return statuses
        }
    }

    func find(_ id: PluginID, for tenant: TenantID) async throws(Problem) -> HostedPlugin {
        let key = Key(tenant: tenant, plugin: id)
        if let plugin = hosted.withLock({ $0[key] }) { return plugin }
        return try await changes.run { () throws(Problem) in
            if let plugin = self.hosted.withLock({ $0[key] }) { return plugin }
            let store = try await self.environment.store.tenant(tenant)
            let registration = try await PluginRegistration.find(id, in: store)
            try registration.checkCallable(for: tenant)
            let folder = try self.folder(of: registration)
            return try await self.load(registration, folder, store)
        }
    }

    /// Makes the pool of a registered plugin, in place of the one that it had.
    private func load(
        _ registration: PluginRegistration, _ folder: PluginFolder, _ store: TenantStore
    ) async throws(Problem) -> HostedPlugin {
        let plugin = try await prepare(registration, folder, store, besideOther: false)
        host(plugin)
        return plugin
    }

    /// The folder that a plugin is registered with, if that is still the plugin's: whoever owns a folder must not come to what
    /// was granted to another plugin by calling himself that.
    func folder(of registration: PluginRegistration) throws(Problem) -> PluginFolder {
        let folder = try PluginFolder.open(registration.folder, dataFolder: environment.store.folder, manifests)
        guard folder.manifest.id == registration.plugin else {
            throw Problem(
                .invalidConfiguration,
                "\(registration.folder) holds plugin \(folder.manifest.id) and was registered as \(registration.plugin)",
                hint: "cloister plugin run registers it under its new name")
        }
        return folder
    }

    /// The plugin that is loaded under that name, if any.
    func loaded(_ id: PluginID, for tenant: TenantID) -> HostedPlugin? {
        hosted.withLock { $0[Key(tenant: tenant, plugin: id)] }
    }

    /// From now on calls go to this plugin.
    func host(_ plugin: HostedPlugin) {
        hosted.withLock { $0[Key(tenant: plugin.tenant, plugin: plugin.manifest.id)] = plugin }
        grants.putInForce(plugin.manifest, for: plugin.tenant)
        hooks.attach(plugin.manifest, for: plugin.tenant)
    }

    /// Forgets all plugins of a tenant; which there were.
    func unhostAll(of tenant: TenantID) -> [PluginID] {
        hosted.withLock { hosted in
            let gone = hosted.keys.filter { $0.tenant == tenant }
            for key in gone { hosted[key] = nil }
            return gone.map(\.plugin)
        }
    }

    func unhost(_ id: PluginID, for tenant: TenantID) {
        hosted.withLock { _ = $0.removeValue(forKey: Key(tenant: tenant, plugin: id)) }
        hooks.detach(id, for: tenant)
    }

    /// Makes a plugin ready to be called: in place of the pool that it had, which ends first, or beside it.
    func prepare(
        _ registration: PluginRegistration, _ folder: PluginFolder, _ store: TenantStore, besideOther: Bool
    ) async throws(Problem) -> HostedPlugin {
        try checkStays(store.id)
        try await environment.meter.open(store.id)
        let manifest = folder.manifest
        let configuration = try manifest.configuration(from: registration.configuration)
        // A package's profile was judged when it came; a folder may be another every time.
        if registration.digest == nil { try await checkProfile(manifest, in: store) }
        try await grants.load(manifest, in: store)
        let data = try await store.preparePlugin(manifest.id)
        let exchange = try ExchangeFolder(making: store.folder.pluginPath(manifest.id) + "/exchange")
        let isFirst = hosted.withLock { $0[Key(tenant: store.id, plugin: manifest.id)] == nil }
        if isFirst { exchange.clear() }
        let mcp = manifest.dialect == .mcp ? try await MCPServer(folder, store) : nil
        var blueprint = try await blueprint(
            manifest, configuration, store.id,
            PluginSandbox.Folders(
                plugin: folder.path, data: data, exchangeIn: exchange.inPath, exchangeOut: exchange.outPath,
                sdk: environment.sdk, stage: environment.stage), exchange)
        blueprint.mcp = mcp
        let policy = PoolPolicy(
            maximum: manifest.instances.maximum, spare: manifest.instances.spare, idleStop: manifest.instances.idleStop)
        let supervisor = environment.supervisor
        let pool =
            if besideOther {
                await supervisor.makeCandidate(of: manifest.id, for: store.id, blueprint: blueprint, policy: policy)
            } else {
                await supervisor.makePool(of: manifest.id, for: store.id, blueprint: blueprint, policy: policy)
            }
        return HostedPlugin(
            tenant: store.id, manifest: manifest, folder: folder.path, exchange: exchange, pool: pool,
            mcp: mcp)
    }

    /// Throws for a profile that is not the one to which somebody consented.
    private func checkProfile(_ manifest: Manifest, in store: TenantStore) async throws(Problem) {
        guard let profile = try await Grant.find(manifest.id, in: store)?.profile, profile != manifest.profile else { return }
        throw Problem(
            .permissionDenied,
            "plugin \(manifest.id) needs consent to: \(Manifest.change(of: profile, to: manifest.profile))",
            hint: "cloister plugin consent \(manifest.id) --tenant \(store.id)")
    }

    private func blueprint(
        _ manifest: Manifest, _ configuration: JSONValue, _ tenant: TenantID, _ folders: PluginSandbox.Folders,
        _ exchange: ExchangeFolder
    ) async throws(Problem) -> PluginBlueprint {
        let (profile, filter) = try environment.profiles.profile(named: manifest.profile)
        let record = try await environment.store.record(of: tenant)
        guard profile.landlock == .on || environment.landlockVersion > 0 else {
            throw Problem(
                .unsupported, "profile \(profile.name) of plugin \(manifest.id) requires Landlock, which this kernel lacks",
                hint: "boot a kernel with `lsm=landlock,…`, or choose another profile; see cloister doctor")
        }
        let limits = manifest.limits.lowering(profile.limits)
        let slots = environment.identities.slots.map { Int($0) }
        let slot =
            if let slots { try await environment.store.slot(of: manifest.id, for: tenant, below: slots) } else { 0 }
        let temporary = profile.filesystem.temporarySize
        let sandbox = PluginSandbox(
            profile: profile, filter: filter, limits: limits,
            temporarySize: min(manifest.limits.temporary ?? temporary, temporary),
            identity: try environment.identities.identity(slot: UInt32(slot)),
            dropsGroups: environment.identities == .range, landlockVersion: environment.landlockVersion,
            system: environment.system, enforcement: environment.enforcement)
        var deadlines = ChildMachine.Deadlines()
        deadlines.start = manifest.deadlines.start
        deadlines.stop = manifest.deadlines.stop
        var wire = Peer.Limits()
        wire.lineBytes = Int(profile.lineLimit.bytes)
        // Servers that greet the world on standard output before they speak MCP are many, and harm nobody.
        if manifest.dialect == .mcp { wire.openingStrikes = 100 }
        let groups = environment.groups
        let asked = manifest.requests.map(\.permission)
        let egress = PluginEgress(
            egress: environment.egress, grants: grants, tenant: tenant, plugin: manifest.id, asked: asked)
        return PluginBlueprint(
            tenant: tenant, manifest: manifest, configuration: configuration,
            plan: sandbox.plan(
                command: manifest.command, folders: folders, protocol: manifest.dialect.rawValue,
                environment: manifest.environment, hasEgress: egress.isGranted), deadlines: deadlines, limits: wire,
            errorRate: Int(profile.standardErrorRate.bytes),
            hostVersion: environment.version,
            grants: { [grants] in grants.permissions(of: manifest.id, for: tenant, asking: asked) },
            interface: interface(exchange, asking: asked),
            egress: egress,
            observer: { [weak self] event, key in self?.observe(event, of: key) },
            tap: environment.tap,
            makeGroup: { (instance) throws(Problem) in
                try groups?.makeGroup(
                    tenant: tenant, plugin: manifest.id, instance: instance, limits: ControlGroupLimits(limits),
                    quota: record.quota)
            })
    }
}

extension PluginHost {
    /// Puts documents where the plugin sees them and their paths into the input.
    private func place(
        _ handles: [String: String], _ stored: [String: DocumentID], for tool: Manifest.Tool, of plugin: HostedPlugin,
        owner: UInt64, input: ByteBuffer, placed: inout [String]
    ) async throws(Problem) -> ByteBuffer {
        let properties = tool.input.documentProperties
        let value = try JSONValue.parse(Array(input.readableBytesView), as: "input")
        guard var members = value.object else {
            throw Problem(.invalidInput, "input of tool \(tool.name): expected object, found \(value.kind)")
        }
        func property(_ name: String) throws(Problem) -> String {
            let property = name.isEmpty ? properties.first : name
            guard let property, properties.contains(property) else {
                throw Problem(
                    .invalidInput, "tool \(tool.name) takes no document\(name.isEmpty ? "" : " named \(name)")",
                    hint: properties.isEmpty ? nil : "it takes: \(properties.joined(separator: ", "))")
            }
            return property
        }
        for (name, handle) in handles {
            let property = try property(name)
            let place = try await documents.place(handle, of: plugin.tenant, owner: owner, in: plugin.exchange)
            placed.append(place)
            members[property] = .string("/exchange/in/" + place)
        }
        for (name, id) in stored {
            let property = try property(name)
            let place = try await place(id, for: plugin)
            placed.append(place)
            members[property] = .string("/exchange/in/" + place)
        }
        return ByteBuffer(bytes: JSONValue.object(members).bytes)
    }

    /// Puts a document of the tenant where the plugin sees it, if it may read it.
    private func place(_ id: DocumentID, for plugin: HostedPlugin) async throws(Problem) -> String {
        let store = try await environment.store.tenant(plugin.tenant)
        let document = try await shelf.find(id, in: store)
        try grants.authorize(
            .documents, "read", on: document.subject, for: plugin.manifest.id, of: plugin.tenant,
            asking: plugin.manifest.requests.map(\.permission))
        return try await plugin.exchange.place(document.digest, named: document.name, of: store)
    }

    private func check(
        _ bytes: ByteBuffer, against schema: JSONSchema, of tool: Manifest.Tool, _ what: String, _ code: Problem.Code
    ) throws(Problem) {
        guard !schema.acceptsEverything else { return }
        let value = try JSONValue.parse(Array(bytes.readableBytesView), as: what)
        do throws(Problem) {
            try schema.check(value, as: "\(what) of tool \(tool.name)", code: code)
        } catch {
            var problem = error
            let missing = code == .invalidInput ? schema.documentProperties.first { value[$0] == nil } : nil
            if let missing, problem.hint == nil { problem.hint = "/\(missing) is a document: name a file with --document" }
            throw problem
        }
    }
}
