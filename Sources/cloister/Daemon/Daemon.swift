import CLinux
import Control
import Egress
import Glibc
import Logging
import Model
import NIOCore
import NIOPosix
import Plugins
import Sandbox
import Store
import Supervisor
import Synchronization
import Tenancy
import Web
import Workflows

/// The running daemon: everything that `serve` puts together, in the order in which it can come up and go down.
final class Daemon: Sendable {
    /// What the daemon was started with; a reload may have replaced parts of it since.
    let configuration: DaemonConfiguration
    let store: Store
    let host: PluginHost
    let lifecycle: PluginLifecycle
    let supervisor: Supervisor
    let groups: ControlGroupTree?
    let enforcement: Enforcement
    let profiles: ProfileCatalog
    let identities: IdentityMode
    let egress: Egress
    let expressions: ExpressionWorkers
    let keys: Keys
    let brandings: Brandings
    let features: Features
    let domains: Domains
    let logos: LogoPress
    private let records: RecordResolver
    let audit: Audit
    let people: People
    let signIn: SignIn
    let personalMails: PersonalMails
    let notifications: Notifications
    let courier: Courier
    let webhookPost: WebhookPost
    let idempotency: Idempotency
    let backups: TenantBackups
    let plans: Plans
    let metering: Metering
    let invoices: Invoices
    /// What children of an earlier daemon used and nobody has written down yet.
    let leftovers: [GroupCounter]
    let workflows: WorkflowLibrary
    let workflowTester: WorkflowTester
    let templates: TemplateShelf
    let pluginTemplates: PluginTemplates
    let engine: WorkflowEngine
    /// Of whoever edits something.
    let turns = Turns()
    let logger: Logger
    let loops: MultiThreadedEventLoopGroup
    /// Where the work of workflows' runs is done, which keeps no child and no caller waiting.
    private let runLoops: MultiThreadedEventLoopGroup
    let started = ContinuousClock.now
    /// What tenants keep on disk, as it is metered.
    let storage = Mutex(StorageClock())
    private let current = Mutex(DaemonState.starting)

    /// What modules keep in the registry beyond the tenants.
    static let registrySteps = KeyRecord.steps + Idempotency.steps + Features.steps + DomainClaim.steps + AuditSchema.steps
        + Person.registrySteps + Outbox.registrySteps + Plans.steps + UsageLedger.steps + Invoices.steps
        + ProvisioningSchema.registrySteps + Recovery.steps + DomainClaim.certificateSteps

    /// The schema of every tenant's database: the steps of all modules.
    static let tenantSteps = PluginRegistration.steps + MCPMemory.steps + Grant.steps + PluginStorageSchema.steps
        + Secrets.steps + Document.steps + Brandings.steps + Brandings.logoSteps + AuditSchema.steps + Person.tenantSteps
        + Outbox.tenantSteps + Upload.steps + NotificationSchema.steps + ProvisioningSchema.tenantSteps + WorkflowTables.steps
        + RunSchema.steps + IdentityProvider.steps + ScheduleSchema.steps + RunSchema.laterSteps + PollSchema.steps
        + Grant.consentSteps + KeptData.steps + WorkflowTables.linkSteps + PluginRegistration.configuredSteps
        + NotificationSchema.accountSteps + IdentityProvider.groupSteps + PollSchema.laterSteps
        + RunSchema.bucketSteps + RunSchema.loneNodeSteps

    /// Opens the stores, takes the control group, ends what an earlier daemon of the same data folder left running, and
    /// refuses to start where quotas that must be enforced are not.
    init(
        _ configuration: DaemonConfiguration, _ installation: Installation, _ logger: Logger,
        tap: WireTap.Observer? = nil, passwords cost: PasswordCost = .ordinary
    ) async throws(Problem) {
        self.configuration = configuration
        self.logger = logger
        Self.raiseDescriptorLimit()

        var options = Store.Options()
        options.registrySteps = Self.registrySteps
        options.tenantSteps = Self.tenantSteps
        options.keptTables = PluginRegistration.keptTables
        options.comingBack = { database in
            try RunSchema.comesBack(database)
            try ScheduleSchema.comesBack(database)
            try PollSchema.comesBack(database)
            try WorkflowTables.comesBack(database)
        }
        options.step = FaultInjection.step
        store = try await Store.open(configuration.data, options)
        let outbox = Outbox(store, readers: People.outboxReaders)
        // Before anything of the registry is taken into memory.
        for (tenant, problem) in try await outbox.deliverLeft() {
            logger.error("tenant \(tenant): what its change closes in the registry is not closed: \(problem)")
        }
        keys = try await Keys(store)
        brandings = Brandings(store)
        features = try await Features(store)
        let server = configuration.domains?.nameServer.map { (address: $0.address, port: $0.port) }
        records = RecordResolver(server: server)
        let inspector = CertificateInspector(
            port: configuration.domains?.port ?? 443, trusting: configuration.domains?.trust ?? [],
            named: configuration.domains?.addresses ?? [])
        domains = try await Domains(store, configuration.domains, DomainRecordLookup(resolver: records, inspector: inspector))
        let secrets = Secrets(folder: store.folder.path)
        people = People(store, outbox, sealing: secrets, cost: cost)
        idempotency = try await Idempotency(store)
        plans = try await Plans(store)
        metering = Metering(store, plans)
        invoices = Invoices(store, metering) { Timestamp(milliseconds: $0 * 1000).description }
        let audit = try Audit(store, keeping: configuration.auditKeeping) { logger.error("audit: \($0)") }
        self.audit = audit
        for (tenant, problem) in store.unfinishedDeletions {
            logger.error("deletion of tenant \(tenant) not finished: \(problem)")
        }

        let launcher = try Launcher(executable: try installation.launcher)
        logos = LogoPress(installation, launcher)
        profiles = ProfileCatalog(try ProfileLibrary.load(folder: try installation.profiles))
        let opening = try ControlGroupTree.open(configuration.controlGroup.choice, dataFolder: store.folder.path)
        (groups, enforcement, leftovers) = (opening.tree, opening.enforcement, opening.leftovers)
        if configuration.requireEnforcedQuotas { try enforcement.requireQuotas() }
        identities = try IdentityMode.select(configuration.identities.mode, for: .probe())

        let stage = store.folder.path + "/stage"
        guard mkdir(stage, 0o700) == 0 || errno == EEXIST else { throw Problem(systemCall: "mkdir \(stage)") }
        loops = MultiThreadedEventLoopGroup(numberOfThreads: min(4, System.coreCount))
        runLoops = MultiThreadedEventLoopGroup(numberOfThreads: max(1, min(4, System.coreCount / 2)))
        supervisor = Supervisor(launcher: launcher, loops: loops, logger: logger)
        expressions = ExpressionWorkers(
            supervisor,
            WorkerBlueprint(
                data: store.folder.path, stage: stage, profiles: profiles, identities: identities, groups: groups,
                enforcement: enforcement) { () throws(Problem) in try installation.worker },
            logger: logger)
        egress = try Egress(
            configuration.egress,
            credentials: StoredCredentials(secrets: secrets, store: store), logger: logger)
        webhookPost = WebhookPost(egress: egress, allowed: configuration.notifications.allowed)
        signIn = SignIn(store, people, ProviderRequests(egress: egress, allowed: configuration.signIn.allowed))
        let sendmail = Sendmail(settings: configuration.notifications.mail)
        personalMails = PersonalMails(store, sendmail)
        let courier = Courier(store, sealing: secrets, webhookPost, sendmail) { tenant, problem in
            logger.error("messages of tenant \(tenant) wait: \(problem)")
        }
        self.courier = courier
        notifications = Notifications(store, sealing: secrets, isMailing: sendmail.sender != nil) { await courier.look(at: $0) }
        var environment = HostingEnvironment(
            store: store, supervisor: supervisor, profiles: profiles, groups: groups,
            enforcement: enforcement, identities: identities,
            landlockVersion: max(0, Int(cloister_landlock_abi())), egress: egress, system: .probe(),
            sdk: installation.sdks, stage: stage, version: Cloister.version, logger: logger)
        environment.tap = tap
        let usage = UsageDesk(metering: metering, egress: egress)
        environment.meter = usage
        environment.refused = { refusal in Task { await audit.deny(refusal) } }
        host = PluginHost(environment, step: FaultInjection.step)
        host.grants.withhold { [features] (resource, tenant) throws(Problem) in
            try features.check(.plugins, for: tenant)
            if let feature = Feature(of: resource) { try features.check(feature, for: tenant) }
        }
        workflowTester = WorkflowTester(expressions)
        templates = TemplateShelf(files: installation.templates)
        pluginTemplates = PluginTemplates(host, logger)
        workflows = WorkflowLibrary(
            store, WorkflowLibrary.Ports(tools: InstalledTools(host: host), expressions: expressions))
        let (notifications, logger) = (notifications, logger)
        let requests = WorkflowRequests(
            egress: egress, destinations: configuration.workflows.destinations, secrets: secrets, store: store,
            shelf: host.shelf, usage: usage)
        let runExecutors = runLoops.makeIterator().map(TenantExecutors.init)
        engine = WorkflowEngine(
            store, source: workflows, evaluator: expressions,
            invoker: WorkflowInvoker(
                host: host, requests: requests, connectors: NoConnectors(), notifications: notifications
            ) { tenant, notice in
                do throws(Problem) {
                    try await notifications.notify(tenant, notice)
                } catch {
                    logger.error("tenant \(tenant) not told of \(notice.kind.rawValue) \(notice.subject): \(error)")
                }
            }, actionsPerSecond: configuration.workflows.actionsPerSecond,
            executor: { runExecutors[Int($0.hashValue.magnitude % UInt(runExecutors.count))].executor(of: $0) },
            retention: configuration.workflows.retention, meter: usage, logger: logger,
            startsByItself: { [features] in features.isOn(.workflows, for: $0) }, step: FaultInjection.step)
        let engine = engine
        host.hooks.observe(
            Hooks.Observer { event, value, tenant in
                await engine.fire(event, String(decoding: value.readableBytesView, as: UTF8.self), for: tenant)
            })
        lifecycle = PluginLifecycle(host, trust: configuration.trust, step: FaultInjection.step)
        backups = Self.backups(store, lifecycle, host.secrets, audit)
    }

    var state: DaemonState { current.withLock { $0 } }

    func enter(_ state: DaemonState) { current.withLock { $0 = state } }

    /// Reads the profiles again, which plugins that start from now on get, and takes over what of another configuration
    /// can change under a running daemon. What is wrong with either changes nothing.
    ///
    /// Returns the keys of the configuration that are not what the daemon started with and wait for a restart.
    func reload(_ fresh: DaemonConfiguration, _ installation: Installation) throws(Problem) -> [String] {
        let library = try ProfileLibrary.load(folder: try installation.profiles)
        try egress.apply(fresh.egress)
        lifecycle.replace(trust: fresh.trust)
        profiles.replace(library)
        return configuration.keysNeedingRestart(for: fresh)
    }

    /// Ends every child, then closes the stores.
    func shutDown() async {
        await engine.stop(within: .seconds(10))
        let unsent = await personalMails.finish(within: .seconds(10))
        if unsent > 0 { logger.error("\(unsent) mails to single persons are not sent") }
        await expressions.shutDown()
        await supervisor.shutDown()
        // The kernel's counters go with the groups.
        await settleUsage()
        await egress.shutDown()
        await records.shutDown()
        await host.grants.flush()
        try? await keys.flush()
        await audit.finish()
        groups?.close()
        await store.close()
        try? await loops.shutdownGracefully()
        try? await runLoops.shutdownGracefully()
    }

    /// One line for `systemctl status`.
    var summary: String {
        let gaps = enforcement.gaps.map(\.resource.rawValue)
        return "serving; identities: \(identities.name); "
            + (gaps.isEmpty ? "all quotas enforced" : "not enforced: \(gaps.joined(separator: ", "))")
    }

    /// Whether every event loop still turns and the launcher's thread still works: what the watchdog is told.
    func isHealthy() async -> Bool {
        let loops = loops.makeIterator().map { $0 }
        return await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                for loop in loops { _ = try? await loop.submit {}.get() }
                await self.supervisor.answerFromLauncher()
                return true
            }
            group.addTask {
                try? await Task.sleep(for: .seconds(10))
                return false
            }
            let healthy = await group.next() ?? false
            group.cancelAll()
            return healthy
        }
    }

    /// Each child costs a handful of descriptors.
    private static func raiseDescriptorLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
