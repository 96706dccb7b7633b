import Logging
package import Model
package import NIOCore
import Store
import Supervisor

extension PluginHost {
    /// Ties hooks to the plugins that this host loads. Called once, by the initializer.
    func connectHooks() {
        hooks.connect(
            Hooks.Surroundings(
                pool: { [weak self] (plugin, tenant) async throws(Problem) in
                    guard let self else { throw Problem(.shuttingDown, "the host is ending") }
                    return try await find(plugin, for: tenant).pool
                },
                prepare: { [weak self] (tenant) async throws(Problem) in try await self?.loadAll(of: tenant) },
                retry: { [weak self] (plugin, tenant) async throws(Problem) in
                    try await self?.attach(plugin, for: tenant)
                },
                executor: { [supervisor = environment.supervisor] tenant in supervisor.executor(of: tenant) },
                setAside: { [weak self] tenant, attachment, problem in
                    self?.announce(
                        "plugin.failed", of: attachment.handler.plugin, for: tenant,
                        ["handler": .string(attachment.handler.name), "reason": .string(problem.message)])
                }))
    }

    /// Loads every plugin of a tenant, in the order in which they came: equals among handlers stand in that order.
    private func loadAll(of tenant: TenantID) async throws(Problem) {
        try checkStays(tenant)
        let store = try await environment.store.tenant(tenant)
        for registration in try await PluginRegistration.all(in: store).sorted(by: { $0.registered < $1.registered }) {
            guard let problem = try await attach(registration.plugin, for: tenant) else { continue }
            environment.logger.warning(
                "plugin not loaded: \(problem.message)",
                metadata: ["tenant": "\(tenant)", "plugin": "\(registration.plugin)"])
        }
    }

    /// Loads a plugin, so that its handlers stand where they belong; why it could not be.
    ///
    /// The handlers of one that is enabled stand there all the same: each turn tries to load it again, and one that must not
    /// fail ends the run. Where nobody can read which it has, no event that it was granted runs.
    private func attach(_ plugin: PluginID, for tenant: TenantID) async throws(Problem) -> Problem? {
        let problem: Problem
        do throws(Problem) {
            _ = try await find(plugin, for: tenant)
            return nil
        } catch {
            problem = error
        }
        return try await changes.run { () throws(Problem) in
            try self.checkStays(tenant)
            let store = try await self.environment.store.tenant(tenant)
            guard self.loaded(plugin, for: tenant) == nil, let registration = try await PluginRegistration.stored(plugin, in: store),
                registration.isEnabled, !registration.isLeaving
            else {
                if self.loaded(plugin, for: tenant) == nil { self.hooks.detach(plugin, for: tenant) }
                return nil
            }
            try await self.grants.load(plugin, in: store)
            do throws(Problem) {
                self.hooks.attach(try self.folder(of: registration).manifest, for: tenant)
            } catch {
                self.hooks.attachUnread(plugin, for: tenant)
            }
            return problem
        }
    }

    /// Raises an event about a plugin; nobody waits for what handlers make of it.
    package func announce(
        _ event: String, of plugin: PluginID, for tenant: TenantID, _ more: [String: JSONValue] = [:]
    ) {
        let value = JSONValue.object(more.merging(["plugin": .string(plugin.rawValue)]) { $1 })
        Task { _ = try? await hooks.raise(event, value, for: tenant) }
    }

    /// Runs an event by hand and tells each handler's turn. An event about a document takes the document's id alone.
    package func trace(
        _ event: String, _ value: ByteBuffer, document: DocumentID?, for tenant: TenantID
    ) async throws(Problem) -> HookReport {
        let store = try await environment.store.tenant(tenant)
        guard event.hasPrefix("document.") else {
            guard document == nil else {
                throw Problem(.invalidInput, "event \(event) is about no document", hint: "give its value instead")
            }
            return try await hooks.trace(event, value, for: tenant)
        }
        let parsed = try JSONValue.parse(Array(value.readableBytesView), as: "value")
        let named = parsed["document"]?["document"]?.string.flatMap(DocumentID.init(rawValue:))
        guard let id = document ?? named else {
            throw Problem(.invalidInput, "event \(event) needs a document", hint: "--document ID names one of the tenant's")
        }
        let subject = try await shelf.find(id, in: store)
        guard var members = parsed.object else {
            throw Problem(.invalidInput, "value: expected object, found \(parsed.kind)")
        }
        members["document"] = subject.summary
        if event == "document.metadata" {
            members["metadata"] = members["metadata"] ?? [:]
            // A plugin is not to blame for what it was given.
            try DocumentGuard.check(members["metadata"], .invalidInput, "value")
        }
        let mark = try await shelf.mark(in: store)
        let rules = DocumentGuard(event, subject, store, shelf, grants)
        let report = try await hooks.trace(event, ByteBuffer(bytes: JSONValue.object(members).bytes), for: tenant, guard: rules)
        // What came out at the end is what was asked for.
        await shelf.discard(rules.replaced + (report.failure == nil ? [] : [rules.document]), madeAfter: mark, in: store)
        return report
    }
}

extension PluginHost {
    /// Passes a value through the filters of an event, and gives back what they made of it.
    package func filter(_ event: String, _ value: ByteBuffer, for tenant: TenantID) async throws(Problem) -> ByteBuffer {
        try await hooks.run(event, value, for: tenant).value
    }
}
