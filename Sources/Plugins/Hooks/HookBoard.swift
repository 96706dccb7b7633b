import Model

/// The events of a tenant with what stands at them.
package struct HookBoard: Sendable {
    package struct Place: Sendable {
        package let attachment: HookRegistry.Attachment
        /// Whether the tenant granted the plugin this event.
        package let isGranted: Bool
        /// Why it was set aside; nil where it was not.
        package let verdict: String?
    }

    package let events: [(event: HookEvent, places: [Place])]

    /// The host's events in their order, then those of plugins, then names that nobody raises yet.
    init(
        _ registry: HookRegistry, _ health: HookHealth, _ declared: [Manifest.Event],
        isGranted: (PluginID, String) -> Bool
    ) {
        var known = HookEvent.core
        known += declared.map(HookEvent.init).sorted { $0.name < $1.name }
        let names = Set(known.map(\.name))
        known += registry.names.filter { !names.contains($0) }.map { HookEvent($0, "nobody raises it yet") }
        events = known.map { event in
            let places = registry.handlers(of: event.name).map { attachment in
                Place(
                    attachment: attachment, isGranted: isGranted(attachment.handler.plugin, event.name),
                    verdict: health.verdict(on: HookHealth.Key(attachment)))
            }
            return (event, places)
        }
    }
}
