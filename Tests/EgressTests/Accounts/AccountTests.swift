import Model
import Testing

@testable import Egress

@Suite struct AccountTests {
    private static func account(_ limits: EgressLimits) throws -> EgressAccount {
        EgressAccount(tenant: try TenantID("acme"), plugin: try PluginID("sync"), limits: limits)
    }

    @Test func `who spends more than a second's worth waits for it`() {
        var bucket = TokenBucket(perSecond: 1000, now: 0)
        #expect(bucket.spend(1000, now: 0) == 0)
        #expect(bucket.spend(500, now: 0) == 500_000_000)
        #expect(bucket.spend(0, now: 500_000_000) == 0)
        #expect(bucket.spend(2000, now: 60_000_000_000) == 1_000_000_000)
    }

    @Test func `both ways are counted and bounded by the volume of a day`() throws {
        let account = try Self.account(EgressLimits(volume: ByteSize(bytes: 100)))
        #expect(account.spend(sent: 60, received: 40) == .go)
        #expect(account.spend(received: 1) == .usedUp)
        #expect(throws: Refusal.self) { try account.checkVolume() }
        #expect(account.usage.sent == 60)
        #expect(account.usage.received == 41)
    }

    @Test func `requests are bounded by the day, and one that is refused takes none`() throws {
        let account = try Self.account(EgressLimits(requests: 2))
        try account.takeRequest()
        try account.takeRequest()
        let refusal = #expect(throws: Refusal.self) { try account.takeRequest() }
        #expect(refusal?.kind == .requestsUsedUp && refusal?.status == 429)
        account.hold(to: EgressLimits(requests: 3))
        try account.takeRequest()
        #expect(throws: Refusal.self) { try account.takeRequest() }
        #expect(account.spend(sent: 1) == .go)
    }

    @Test func `other limits hold at once, for what was moved before them too`() throws {
        let account = try Self.account(EgressLimits())
        #expect(account.spend(sent: 1 << 20) == .go)
        account.hold(to: EgressLimits(volume: ByteSize(bytes: 1 << 20)))
        #expect(account.spend(sent: 1) == .usedUp)
        account.hold(to: EgressLimits(rate: ByteSize(bytes: 1000), connections: 0))
        guard case .wait = account.spend(sent: 2000) else { return #expect(Bool(false), "the rate does not hold") }
        #expect(throws: Refusal.self) { try account.open() }
        account.hold(to: EgressLimits())
        #expect(account.spend(sent: 1 << 20) == .go)
    }

    @Test func `the plugins of a tenant share what its plan allows`() throws {
        let budget = EgressBudget()
        let accounts = ["sync", "mail"].map {
            EgressAccount(
                tenant: TenantID(unchecked: "acme"), plugin: PluginID(unchecked: $0), limits: EgressLimits(), budget: budget)
        }
        #expect(accounts[0].spend(sent: 1 << 20) == .go)
        budget.set(100)
        #expect(accounts[0].spend(sent: 60) == .go)
        #expect(accounts[1].spend(received: 60) == .go)
        #expect(accounts[0].spend(sent: 1) == .usedUp)
        let refusal = #expect(throws: Refusal.self) { try accounts[1].checkVolume() }
        #expect(refusal?.reason.contains("what the plan of tenant acme allows in a month is used up") == true)
        budget.set(nil)
        try accounts[1].checkVolume()
        #expect(accounts[1].usage.received == 60)
    }

    @Test func `connections are bounded and come back`() throws {
        let account = try Self.account(EgressLimits(connections: 2))
        try account.open()
        try account.open()
        #expect(throws: Refusal.self) { try account.open() }
        account.close()
        try account.open()
        #expect(account.usage.connections == 2)
    }

    @Test(arguments: [
        ("api.example.com", "Authorization", "Bearer {secret}", true), ("*.example.com", "Authorization", "Bearer {secret}", false),
        ("api.example.com", "Host", "{secret}", false), ("api.example.com", "Content-Length", "{secret}", false),
        ("api.example.com", "X-Api-Key", "{secret}", true), ("api.example.com", "X Key", "{secret}", false),
        ("api.example.com", "X-Key", "secret", false), ("api.example.com", "X-Key", "{secret}{secret}", false),
        ("api.example.com", "X-Key", "a\r\nb{secret}", false),
    ])
    func `a credential goes to one host in one field`(host: String, header: String, template: String, valid: Bool) throws {
        let rule = try? CredentialRule(
            tenant: try TenantID("acme"), plugin: try PluginID("sync"), host: host, header: header, template: template, secret: "token")
        #expect((rule != nil) == valid)
    }

    @Test(arguments: ["a\r\nX: y", "a\nb", "a\u{0}", "ä", ""])
    func `a secret that would break a header is not sent`(secret: String) throws {
        let rule = try CredentialRule(
            tenant: try TenantID("acme"), plugin: try PluginID("sync"), host: "api.example.com", secret: "token")
        #expect(throws: Refusal.self) { try rule.field(with: secret) }
        #expect(try rule.field(with: "abc").value == "Bearer abc")
    }
}
