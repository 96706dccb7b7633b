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
                prepare: { [weak self] tenant in await self?.loadAll(of: tenant) },
                executor: { [supervisor = environment.supervisor] tenant in supervisor.executor(of: tenant) },
                setAside: { [weak self] tenant, attachment, problem in
                    self?.announce(
                        "plugin.failed", of: attachment.handler.plugin, for: tenant,
                        ["handler": .string(attachment.handler.name), "reason": .string(problem.message)])
                }))
    }

    /// Loads every plugin of a tenant, in the order in which they came: equals among handlers stand in that order. One
    /// that cannot be loaded, or is not enabled, has no handlers.
    private func loadAll(of tenant: TenantID) async {
        guard let store = try? await environment.store.tenant(tenant),
            let registrations = try? await PluginRegistration.all(in: store)
        else { return }
        let enabled = registrations.filter { $0.isEnabled && !$0.isLeaving }
        for registration in enabled.sorted(by: { $0.registered < $1.registered }) {
            do throws(Problem) {
                _ = try await find(registration.plugin, for: tenant)
            } catch {
                environment.logger.warning(
                    "plugin not loaded: \(error.message)",
                    metadata: ["tenant": "\(tenant)", "plugin": "\(registration.plugin)"])
            }
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
        var members = parsed.object ?? [:]
        members["document"] = subject.summary
        if event == "document.metadata" { members["metadata"] = members["metadata"] ?? [:] }
        return try await hooks.trace(
            event, ByteBuffer(bytes: JSONValue.object(members).bytes), for: tenant,
            guard: DocumentGuard(event, subject, store, shelf, grants))
    }
}

extension PluginHost {
    /// Passes a value through the filters of an event, and gives back what they made of it.
    package func filter(_ event: String, _ value: ByteBuffer, for tenant: TenantID) async throws(Problem) -> ByteBuffer {
        try await hooks.run(event, value, for: tenant).value
    }
}
