import Logging
import Model
import Plugins
import Store
import Supervisor
import Tenancy

extension Daemon {
    /// Tells a tenant's people and webhooks of something. What it is about has happened: a database that cannot be written
    /// is the log's affair.
    func notify(_ tenant: TenantID, _ notice: Notice) async {
        do throws(Problem) {
            try await notifications.notify(tenant, notice)
        } catch {
            logger.error("tenant \(tenant) not told of \(notice.kind.rawValue) \(notice.subject): \(error)")
        }
    }

    /// Looks after what nobody asks about, until its task is cancelled: plugins that do not come up any more, and keys that
    /// are about to expire.
    func watchForNotices() async {
        var failed: Set<String> = []
        var nextKeys = ContinuousClock.now
        while !Task.isCancelled {
            let down = await host.statuses.filter { $0.state == "quarantined" }
            for status in down where !failed.contains("\(status.tenant)/\(status.plugin)") {
                let reason = status.lastEnd.map { ": \($0.reason)" } ?? ""
                await notify(
                    status.tenant, Notice(.pluginFailed, about: status.plugin.rawValue, "The plugin \(status.plugin) does not run any more\(reason)."))
            }
            failed = Set(down.map { "\($0.tenant)/\($0.plugin)" })
            if ContinuousClock.now >= nextKeys {
                nextKeys += .seconds(3600)
                await tellExpiringKeys()
            }
            try? await Task.sleep(for: .seconds(10))
        }
    }

    /// A week before, once.
    func tellExpiringKeys() async {
        for key in keys.list(tenant: nil) {
            guard let tenant = key.tenant, let expires = key.expires, (0...7 * 86_400_000).contains(expires - Moment.now) else {
                continue
            }
            let day = Timestamp(milliseconds: expires).description.prefix(10)
            await notify(tenant, Notice(.keyExpiring, about: key.id.rawValue, "The key \(key.name) (\(key.start)…) expires on \(day)."))
        }
    }
}
