import Control
import Glibc
import HostTesting
import Model
import NIOCore
import Plugins
import Sandbox
import Store
import Synchronization
import Tenancy
import Testing

@testable import Egress
@testable import Web
@testable import cloister

/// What real children use, as the kernel, the way out and the ledger have it.
@Suite(.serialized, .timeLimit(.minutes(5))) struct UsageTests {
    private let acme = TenantID(unchecked: "acme")
    private let basic = PlanID(unchecked: "basic")

    private static func terms(_ meters: JSONValue) -> JSONValue { ["name": "Basic", "currency": "EUR", "price": 100, "meters": meters] }

    /// Enough of what a reply says about one meter.
    private static func used(_ meter: String, in usage: JSONValue) -> Double? {
        usage["standings"]?.array?.first { $0["meter"]?.string == meter }?["used"]?.number
    }

    @Test(.enabled(if: ControlGroupsHere.arePossible))
    func `the ledger has what the kernel and the proxy counted, by plugin and in sum`() async throws {
        let server = try await Greeter.serve()
        let port = server.localAddress!.port!
        try await DaemonFixture.with { host in
            try await host.createTenant()
            var settings = EgressSettings()
            settings.allowed = PrivateGrants([try PrivateGrants.Entry("127.0.0.1:\(port)")])
            try host.daemon.egress.apply(settings)
            for id in ["one", "two"] { _ = try await host.send(.pluginRun(acme, .folder(host.plugin(id)), configuration: nil)) }
            _ = try await host.send(.pluginRun(acme, .folder(ProxyAsker.make(in: host.folder, port: port)), configuration: nil))
            var spent: [String: Double] = [:]
            for (id, count) in [("one", 3), ("two", 1)] {
                for _ in 0..<count {
                    spent[id, default: 0] += try await host.call("spin", of: id, ["seconds": 0.2])["processorSeconds"]?.number ?? 0
                }
            }
            for _ in 0..<4 { #expect(try await host.call("get", of: "asker", ["port": JSONValue(port)])["body"] == "hello") }
            // Children that have ended count like those that run.
            _ = try await host.send(.pluginStop(PluginReference(tenant: acme, plugin: PluginID(unchecked: "one"))))

            let usage = try await host.send(.plans(.usage(UsageQuery(acme, bucket: "minute"))))
            let counters = try #require(host.daemon.groups).counters().filter { $0.tenant == acme }
            #expect(counters.map(\.plugin.rawValue).sorted() == ["asker", "one", "two"])
            let moved = host.daemon.egress.usage(for: acme)
            #expect(moved.sent > 0 && moved.received > 0)
            func sum(_ meter: String, _ plugin: String? = nil) -> Double {
                (usage["parts"]?.array ?? []).reduce(0) { sum, part in
                    sum + ((plugin.map { part["plugins"]?[$0] } ?? part["used"])??[meter]?.number ?? 0)
                }
            }
            // Those that still run may have used a little since.
            for counter in counters {
                let counted = Double(counter.cpuMicroseconds) / 1e6
                #expect(abs(sum("cpuSeconds", counter.plugin.rawValue) - counted) < 0.05, "\(counter): \(usage)")
            }
            for (id, seconds) in spent { #expect(seconds > 0 && sum("cpuSeconds", id) >= seconds, "\(id)") }
            #expect(sum("calls", "one") == 3 && sum("calls", "two") == 1 && sum("calls") == 8)
            #expect(sum("egressBytes") == Double(moved.sent + moved.received) && sum("egressBytes", "one") == 0)
            for meter in ["cpuSeconds", "calls", "egressBytes"] {
                #expect(abs((Self.used(meter, in: usage) ?? -1) - sum(meter)) < 1e-6, "\(meter)")
            }

            // And from there on the plan's end is the end.
            _ = try await host.send(.plans(.set(basic, Self.terms(["egressBytes": ["included": .integer(Int64(sum("egressBytes")) + 10)]]))))
            _ = try await host.send(.plans(.choose(basic, acme)))
            _ = try await host.call("get", of: "asker", ["port": JSONValue(port)])
            let over = try await host.call("get", of: "asker", ["port": JSONValue(port)])
            #expect(over["body"]?.string?.contains("what the plan of tenant acme allows in a month is used up") == true, "\(over)")
            await host.daemon.settleUsage()
            // The next daemon knows it before the first plugin runs, and not only when it settles.
            let next = try Egress(settings, credentials: NoCredentials(), logger: host.daemon.logger)
            let desk = UsageDesk(metering: Metering(host.daemon.store, host.daemon.plans), egress: next)
            try await desk.open(acme)
            let account = next.account(of: PluginID(unchecked: "asker"), for: acme)
            #expect(account.spend(sent: 1) == .usedUp)
            await next.shutDown()
        }
        try await server.close()
    }

    @Test func `what a tenant keeps on disk is metered, and never refused for it`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            let terms: JSONValue = ["storageHours": ["included": 0, "price": ["amount": 2]]]
            _ = try await host.send(.plans(.set(basic, Self.terms(terms))))
            _ = try await host.send(.plans(.choose(basic, acme)))
            let kept = try await host.daemon.store.tenant(acme).diskUsage()
            for hour in 0...2 { await host.daemon.measureStorage(at: .seconds(3600 * 1024 * hour)) }
            await host.daemon.settleUsage()
            let usage = try await host.send(.plans(.usage(UsageQuery(acme))))
            let used = Self.used("storageHours", in: usage) ?? 0
            // The database grows a little meanwhile.
            let expected = 2048 * Double(kept.bytes) / Double(1 << 30)
            #expect(used >= expected * 0.9 && used < expected * 2 + 1, "\(used) for \(expected)")
            #expect(usage["standings"]?.array?.first { $0["meter"] == "storageHours" }?["limit"]?.isNull == true)
            _ = try await host.send(.pluginRun(acme, .folder(host.plugin("one")), configuration: nil))
            #expect(try await host.call("echo", of: "one", ["a": 1]) == ["a": 1])
        }
    }

    @Test(.enabled(if: ControlGroupsHere.arePossible))
    func `processor time that nobody wrote down before a kill is written down by the next daemon`() async throws {
        try await TemporaryFolder.with { (folder) async throws in
            let spent = Mutex(Double.infinity)
            try await ServedDaemon.with("log: {level: error}", in: folder, ending: SIGKILL) { served in
                try await served.send(.tenantCreate(acme, name: nil, QuotaChange()))
                try await served.send(.pluginRun(acme, .folder(try DaemonFixture.plugin(in: folder)), configuration: nil))
                let seconds = try await served.call("spin", of: "probe", ["seconds": 1])["processorSeconds"]?.number
                spent.withLock { $0 = seconds ?? .infinity }
            }
            try await ServedDaemon.with("log: {level: error}", in: folder) { served in
                #expect(await eventually {
                    let usage = try? await served.send(.plans(.usage(UsageQuery(acme))))
                    return (usage.flatMap { Self.used("cpuSeconds", in: $0) } ?? 0) >= spent.withLock { $0 }
                })
            }
        }
    }

    @Test func `over HTTP: a plan, its end with the time to come again, and the bill`() async throws {
        try await WebFixture.with { (web) async throws in
            let host = web.host
            try await host.createTenant()
            _ = try await host.send(.pluginRun(acme, .folder(host.plugin()), configuration: nil))
            let plan = try await web.send(
                "PUT", "/api/plans/basic", Self.terms(["calls": ["included": 2, "limit": 3, "price": ["amount": 7]]]))
            #expect(plan.status == 200, "\(plan.text)")
            let chosen = try await web.send("PUT", "/api/tenants/acme/plan", ["plan": "basic"])
            #expect(chosen.json["plan"]?["id"] == "basic")
            // Billing may see what its tenant owes, and change nothing.
            let own = try await web.key([.tenantsRead], tenant: acme)
            func call() async throws -> HTTPReply {
                try await web.send("POST", "/api/plugins/probe/call?tenant=acme", ["tool": "echo", "input": ["a": 1]])
            }
            for _ in 0..<3 { #expect(try await call().status == 200) }
            let refused = try await call()
            #expect(refused.status == 429, "\(refused.text)")
            #expect(refused.json["code"] == "quotaExceeded")
            #expect(refused.json["detail"]?.string?.contains("are used up: 3 of the 3 of plan basic") == true, "\(refused.text)")
            let month = BillingMonth(containing: Moment.now / 1000)
            let wait = Int64(refused.headers["retry-after"] ?? "") ?? 0
            #expect(abs(wait - (month.end - Moment.now / 1000)) < 60, "\(wait)")

            let usage = try await web.send("GET", "/api/tenants/acme/usage?bucket=hour", key: own)
            #expect(usage.json["standings"]?.array?.first?["level"] == "reached", "\(usage.text)")
            let bill = try await web.send("GET", "/api/tenants/acme/invoices", key: own)
            let lines = bill.json["invoices"]?.array?.first?["lines"]?.array
            #expect(lines?.first { $0["item"] == "calls" }?["quantity"] == 3, "\(bill.text)")
            #expect(bill.json["invoices"]?.array?.first?["isFinal"] == false)
            #expect(try await web.send("PUT", "/api/tenants/acme/plan", ["plan": nil], key: own).status == 403)
            #expect(try await web.send("GET", "/api/plans", key: own).status == 403)
            #expect(try await web.send("GET", "/api/tenants/globex/usage", key: own).status == 403)
            #expect(try await web.send("DELETE", "/api/plans/basic").status == 409)
            for wrong in ["bucket=second", "from=yesterday11", "from=2026-11-02&to=2026-11-01"] {
                #expect(try await web.send("GET", "/api/tenants/acme/usage?\(wrong)").status == 422, "\(wrong)")
            }
            #expect(try await web.send("GET", "/api/tenants/acme/invoices?month=2026-13").status == 422)
            let tag = try await web.send("GET", "/api/plans/basic").headers["etag"] ?? ""
            let stale = try await web.send("PUT", "/api/plans/basic", Self.terms([:]), headers: ["If-Match: \"x\""])
            #expect(stale.status == 412)
            #expect(try await web.send("PUT", "/api/plans/basic", Self.terms([:]), headers: ["If-Match: \(tag)"]).status == 200)
            // Without a limit calls go on.
            #expect(try await call().status == 200)
        }
    }

    @Test func `a plan's rate goes before that of all tenants`() async throws {
        var settings = WebSettings()
        settings.rates = RateLimits(tenant: RatePolicy(requests: 1000, window: 60))
        try await WebFixture.with(settings) { (web) async throws in
            try await web.host.createTenant()
            let key = try await web.key([.pluginsRead], tenant: acme)
            let terms: JSONValue = ["name": "Slow", "currency": "EUR", "rate": ["requests": 2, "window": 86_400]]
            #expect(try await web.send("PUT", "/api/plans/slow", terms).status == 200)
            #expect(try await web.send("PUT", "/api/tenants/acme/plan", ["plan": "slow"]).status == 200)
            let first = try await web.send("GET", "/api/plugins", key: key)
            #expect(first.headers["ratelimit-policy"] == "\"tenant\";q=2;w=86400")
            #expect(try await web.send("GET", "/api/plugins", key: key).status == 200)
            #expect(try await web.send("GET", "/api/plugins", key: key).status == 429)
        }
    }
}
