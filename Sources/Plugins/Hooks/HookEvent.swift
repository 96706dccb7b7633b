package import Model

/// Something to which handlers can be attached.
package struct HookEvent: Sendable, Hashable {
    package let name: String
    package let kind: Manifest.Hook.Kind
    /// Largest value, as JSON.
    package var valueLimit = HookEvent.ordinaryLimit
    package let summary: String
    /// Whether a host application may tell it, too; of the others only the daemon says when they happen.
    package var isForHosts: Bool {
        kind == .action && ["document.", "workflow.", "sync."].contains { name.hasPrefix($0) }
    }

    package static let ordinaryLimit = ByteSize.mebibytes(1)
    /// The event that precedes every other: its handlers are told what is about to run.
    package static let all = "all"

    init(
        _ name: String, _ summary: String, _ kind: Manifest.Hook.Kind = .action, limit: ByteSize = HookEvent.ordinaryLimit
    ) {
        self.name = name
        self.kind = kind
        valueLimit = limit
        self.summary = summary
    }

    init(_ event: Manifest.Event) { self.init(event.name, event.summary, event.kind) }

    /// The host's own events.
    package static let core: [HookEvent] = [
        HookEvent(all, "precedes every event; needs a grant for the event itself"),
        HookEvent("document.received", "a tenant got a document"),
        HookEvent("document.content", "what a document becomes when it is processed", .filter),
        HookEvent("document.metadata", "what is known of a document when it is processed", .filter, limit: .mebibytes(4)),
        HookEvent("document.processed", "a document was processed"),
        HookEvent("document.deleted", "a document is gone"),
        HookEvent("workflow.started", "a run of a workflow began"),
        HookEvent("workflow.finished", "a run of a workflow came to its end"),
        HookEvent("workflow.failed", "a run of a workflow failed"),
        HookEvent("tenant.created", "the tenant was created"),
        HookEvent("tenant.deleted", "the tenant is about to be deleted"),
        HookEvent("tenant.quota-changed", "the tenant's quota was changed"),
        HookEvent("tenant.usage-near", "the tenant has used four fifths of what its plan allows or includes this month"),
        HookEvent("tenant.usage-reached", "the tenant has used up what its plan allows this month"),
        HookEvent("plugin.installed", "a plugin was installed"),
        HookEvent("plugin.enabled", "a plugin was enabled"),
        HookEvent("plugin.disabled", "a plugin was disabled"),
        HookEvent("plugin.updated", "a plugin was updated"),
        HookEvent("plugin.uninstalled", "a plugin was uninstalled"),
        HookEvent("plugin.failed", "a plugin, or one of its handlers, failed too often and was set aside"),
        HookEvent("sync.started", "a synchronization began"),
        HookEvent("sync.finished", "a synchronization came to its end"),
        HookEvent("sync.failed", "a synchronization failed"),
    ]

    private static let byName = Dictionary(uniqueKeysWithValues: core.map { ($0.name, $0) })

    /// The host's event of that name.
    package static func core(named name: String) -> HookEvent? { byName[name] }
}
