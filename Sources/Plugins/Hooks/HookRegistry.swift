package import Model

/// Which handlers stand at which event, in which order: the semantics of WordPress' hooks
/// (wp-includes/class-wp-hook.php). A value; pure.
///
/// Lower priorities come first, and among equals whoever came first. The same handler at the same priority again takes
/// its own place; at another priority it stands twice.
package struct HookRegistry: Sendable {
    /// One handler of one plugin.
    package struct Handler: Hashable, Sendable, CustomStringConvertible {
        package let plugin: PluginID
        package let name: String

        package init(plugin: PluginID, name: String) {
            self.plugin = plugin
            self.name = name
        }

        package var description: String { "\(plugin)/\(name)" }
    }

    /// A handler where it stands.
    package struct Attachment: Hashable, Sendable {
        package let handler: Handler
        package let hook: Manifest.Hook

        package init(_ hook: Manifest.Hook, of plugin: PluginID) {
            handler = Handler(plugin: plugin, name: hook.handler)
            self.hook = hook
        }
    }

    private var events: [String: [Int: [Attachment]]] = [:]

    package init() {}

    /// The events that have a handler, by name.
    package var names: [String] { events.keys.sorted() }

    package mutating func attach(_ attachment: Attachment) {
        let (event, priority) = (attachment.hook.event, attachment.hook.priority)
        var list = events[event]?[priority] ?? []
        if let index = list.firstIndex(where: { $0.handler == attachment.handler }) {
            list[index] = attachment
        } else {
            list.append(attachment)
        }
        events[event, default: [:]][priority] = list
    }

    /// Takes a handler away from exactly this priority; false where it does not stand there.
    @discardableResult
    package mutating func detach(_ handler: Handler, from event: String, priority: Int) -> Bool {
        guard var list = events[event]?[priority], let index = list.firstIndex(where: { $0.handler == handler }) else {
            return false
        }
        list.remove(at: index)
        events[event]?[priority] = list.isEmpty ? nil : list
        if events[event]?.isEmpty == true { events[event] = nil }
        return true
    }

    /// Makes the handlers of a plugin exactly these. One that stays keeps its place among its equals.
    package mutating func set(_ hooks: [Manifest.Hook], of plugin: PluginID) {
        let attachments = hooks.map { Attachment($0, of: plugin) }
        for (event, priorities) in events {
            for (priority, list) in priorities {
                for old in list where old.handler.plugin == plugin {
                    let stays = attachments.contains {
                        $0.handler == old.handler && $0.hook.event == event && $0.hook.priority == priority
                    }
                    if !stays { detach(old.handler, from: event, priority: priority) }
                }
            }
        }
        for attachment in attachments { attach(attachment) }
    }

    /// The lowest priority at which a handler stands; nil where it does not. 0 is a priority.
    package func priority(of handler: Handler, at event: String) -> Int? {
        events[event]?.filter { $0.value.contains { $0.handler == handler } }.keys.min()
    }

    /// All handlers of an event in the order in which they would run.
    package func handlers(of event: String) -> [Attachment] {
        (events[event] ?? [:]).sorted { $0.key < $1.key }.flatMap(\.value)
    }

    /// The handlers of the lowest priority above another, or of the lowest of all.
    func next(of event: String, above priority: Int?) -> (priority: Int, handlers: [Attachment])? {
        guard let priorities = events[event] else { return nil }
        var best: Int?
        for candidate in priorities.keys where candidate > priority ?? .min || priority == nil {
            if candidate < best ?? .max || best == nil { best = candidate }
        }
        return best.map { ($0, priorities[$0] ?? []) }
    }
}

/// Where one run of an event stands. Each run has its own, also one within another.
package struct HookCursor: Sendable {
    package let event: String
    private var priority: Int?
    private var rest: ArraySlice<HookRegistry.Attachment> = []

    package init(_ event: String) { self.event = event }

    /// The next handler, in the registry as it is now.
    ///
    /// The handlers of the running priority were fixed when it began: what comes and goes among them does not matter to
    /// this run. A later priority that comes during the run does run; an earlier one does not.
    package mutating func next(in registry: HookRegistry) -> HookRegistry.Attachment? {
        if let attachment = rest.popFirst() { return attachment }
        guard let (priority, handlers) = registry.next(of: event, above: priority) else { return nil }
        self.priority = priority
        rest = handlers[...]
        return rest.popFirst()
    }
}
