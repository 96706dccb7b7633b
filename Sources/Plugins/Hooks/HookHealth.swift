import Model

/// Which handlers fail too often. A value; pure.
struct HookHealth: Sendable {
    /// So many failures within this time set a handler aside.
    static let limit = 5
    static let window = Duration.seconds(600)

    struct Key: Hashable, Sendable {
        let handler: HookRegistry.Handler
        let event: String
        let priority: Int

        init(_ attachment: HookRegistry.Attachment) {
            handler = attachment.handler
            event = attachment.hook.event
            priority = attachment.hook.priority
        }
    }

    private var failures: [Key: [Duration]] = [:]
    private var aside: [Key: String] = [:]

    /// Why a handler was set aside; nil for one that works.
    func verdict(on key: Key) -> String? { aside.isEmpty ? nil : aside[key] }

    /// Counts a failure at a time; true where the handler is set aside by it.
    mutating func failed(_ key: Key, because reason: String, at now: Duration) -> Bool {
        var times = failures[key, default: []].filter { now - $0 < Self.window }
        times.append(now)
        guard times.count >= Self.limit else {
            failures[key] = times
            return false
        }
        failures[key] = nil
        return aside.updateValue(reason, forKey: key) == nil
    }

    /// Brings handlers of a plugin back, all or one; how many were aside.
    mutating func restore(_ plugin: PluginID, handler: String? = nil) -> Int {
        func isMeant(_ key: Key) -> Bool {
            key.handler.plugin == plugin && (handler == nil || key.handler.name == handler)
        }
        let count = aside.keys.count(where: isMeant)
        aside = aside.filter { !isMeant($0.key) }
        failures = failures.filter { !isMeant($0.key) }
        return count
    }
}

extension Problem.Code {
    /// Whether a handler that answers so is broken. The others say that it works and cannot do this: a document that it
    /// does not understand must not set it aside for all others.
    var countsAgainstHandler: Bool {
        switch self {
        case .pluginFailed, .deadlineExceeded, .unsupported, .internalFault, .unreachable, .invalidConfiguration: true
        case .invalidInput, .notFound, .conflict, .permissionDenied, .quotaExceeded, .cancelled, .retryLater, .shuttingDown:
            false
        }
    }
}
