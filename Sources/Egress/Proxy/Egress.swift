package import Logging
package import Model
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// The only way out of sealed children: a proxy with one listener for each child that may use it.
///
/// Who asks is known by the listener, which lies in the child's own network and nobody else can reach; a request is
/// judged by the child's grants, its name looked up once, and only an address that was judged is dialled.
package final class Egress: Sendable {
    let resolver: any NameResolver
    let credentials: any CredentialSource
    let relay: Relay
    let logger: Logger
    private let current: Mutex<EgressSettings>
    let loops: MultiThreadedEventLoopGroup
    private let systemResolver = SystemResolver()
    private let accounts = Mutex<[EgressOwner: EgressAccount]>([:])
    private let budgets = Mutex<[TenantID: EgressBudget]>([:])
    private let listeners = Mutex<[UInt64: EgressListener]>([:])
    private let lastListener = Atomic<UInt64>(0)
    let own = OwnAddresses()
    private let context: Mutex<NIOSSLContext?>

    /// Starts the proxy's threads. Throws `invalidConfiguration` for a file of certificates that cannot be read.
    ///
    /// `resolver` is the system's unless a test brings another.
    package init(
        _ settings: EgressSettings, credentials: any CredentialSource, logger: Logger, resolver: (any NameResolver)? = nil
    ) throws(Problem) {
        current = Mutex(settings)
        self.credentials = credentials
        self.logger = logger
        // The machine's certificates take room in memory, and few daemons need them; the operator's are read at once.
        context = Mutex(settings.trust.isEmpty ? nil : try Self.context(trusting: settings.trust))
        relay = try Relay()
        loops = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        self.resolver = resolver ?? systemResolver
    }

    var settings: EgressSettings { current.withLock { $0 } }

    /// Takes other settings: they hold from the next request on, limits at once. What is open stays open.
    ///
    /// Files of certificates are read again. Throws `invalidConfiguration` where one cannot be read, and nothing has changed.
    package func apply(_ settings: EgressSettings) throws(Problem) {
        let made = settings.trust.isEmpty ? nil : try Self.context(trusting: settings.trust)
        current.withLock { $0 = settings }
        context.withLock { $0 = made }
        for account in accounts.withLock({ Array($0.values) }) { account.hold(to: settings.limits) }
    }

    /// Serves one child on a bound listener, which is taken over, until the result is told to close.
    ///
    /// `policy` is asked at each request, and `used` is told of each that it allows, with its method.
    package func listen(
        on descriptor: Int32, as child: EgressChild, under policy: @escaping @Sendable () -> EgressPolicy,
        used: @escaping @Sendable (Authority, String) -> Void = { _, _ in }
    ) -> EgressListener {
        let number = lastListener.wrappingAdd(1, ordering: .relaxed).newValue
        let listener = EgressListener(
            number: number, child: child, policy: policy, used: used,
            account: account(of: child.plugin, for: child.tenant), egress: self, loop: loops.next())
        listeners.withLock { $0[number] = listener }
        listener.start(descriptor)
        return listener
    }

    func forget(_ number: UInt64) { listeners.withLock { _ = $0.removeValue(forKey: number) } }

    /// Counts what a plugin moves for a tenant; the same account for all its children.
    package func account(of plugin: PluginID, for tenant: TenantID) -> EgressAccount {
        accounts.withLock { accounts in
            let key = EgressOwner(tenant: tenant, plugin: plugin)
            if let account = accounts[key] { return account }
            let account = EgressAccount(tenant: tenant, plugin: plugin, limits: settings.limits, budget: budget(of: tenant))
            accounts[key] = account
            return account
        }
    }

    /// Lets all plugins of a tenant together move so many bytes more, both ways, from now on; nil for any number.
    package func allow(_ bytes: Int64?, for tenant: TenantID) { budget(of: tenant).set(bytes) }

    /// Forgets what was counted of a tenant that is gone.
    package func forget(_ tenant: TenantID) {
        budgets.withLock { $0[tenant] = nil }
        accounts.withLock { accounts in accounts = accounts.filter { $0.key.tenant != tenant } }
    }

    private func budget(of tenant: TenantID) -> EgressBudget {
        budgets.withLock { budgets in
            if let budget = budgets[tenant] { return budget }
            let budget = EgressBudget()
            budgets[tenant] = budget
            return budget
        }
    }

    /// What each plugin has moved since the daemon started.
    package var usages: [EgressOwner: EgressUsage] { accounts.withLock { $0.mapValues(\.usage) } }

    /// What a plugin has moved for a tenant since the daemon started; nil when it never had a way out.
    package func usage(of plugin: PluginID, for tenant: TenantID) -> EgressUsage? {
        accounts.withLock { $0[EgressOwner(tenant: tenant, plugin: plugin)] }?.usage
    }

    /// What all plugins of a tenant have moved, or of all tenants.
    package func usage(for tenant: TenantID? = nil) -> EgressUsage {
        accounts.withLock { accounts in
            accounts.filter { tenant == nil || $0.key.tenant == tenant }.reduce(EgressUsage()) { $0 + $1.value.usage }
        }
    }

    /// Ends every connection and the threads.
    package func shutDown() async {
        let open = listeners.withLock { Array($0.values) }
        for listener in open { listener.close() }
        await relay.stop()
        try? await loops.shutdownGracefully()
        await systemResolver.shutDown()
    }

    /// Those of the addresses that may be dialled, or why none may.
    func permitted(_ addresses: [Address], for destination: Authority) throws(Refusal) -> [SocketAddress] {
        var permitted: [SocketAddress] = []
        var refused: (Address, String)?
        for address in addresses {
            switch settings.allowed.verdict(on: address, port: destination.port, isOwn: own.contains(address)) {
            case .allowed: permitted.append(SocketAddress(address, port: destination.port))
            case .refused(let what): refused = refused ?? (address, what)
            }
        }
        guard permitted.isEmpty, let (address, what) = refused else { return permitted }
        throw Refusal(
            .addressNotPublic, "\(destination.host) is \(address), which is \(what)", destination: destination,
            hint: "the operator allows it with `egress: {allow-private: [\"\(Host.address(address)):\(destination.port)\"]}`")
    }

    /// How the daemon speaks TLS with origins.
    func tls() throws -> NIOSSLContext {
        try context.withLock { context in
            if let context { return context }
            let made = try Self.context(trusting: settings.trust)
            context = made
            return made
        }
    }

    private static func context(trusting files: [String]) throws(Problem) -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        configuration.additionalTrustRoots = files.map { .file($0) }
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw Problem(
                .invalidConfiguration, "certificates that the way out should trust cannot be read: \(files.joined(separator: ", "))",
                hint: "each file holds certificates in PEM", cause: "\(error)")
        }
    }
}

/// Which child a listener belongs to.
package struct EgressChild: Hashable, Sendable {
    package let tenant: TenantID
    package let plugin: PluginID
    package let instance: Int

    package init(tenant: TenantID, plugin: PluginID, instance: Int) {
        self.tenant = tenant
        self.plugin = plugin
        self.instance = instance
    }

    package var owner: EgressOwner { EgressOwner(tenant: tenant, plugin: plugin) }
}
