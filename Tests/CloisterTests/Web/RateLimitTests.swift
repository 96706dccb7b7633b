import Model
import Store
import Tenancy
import Testing

@testable import Web
@testable import cloister

@Suite(.serialized, .timeLimit(.minutes(2))) struct RateLimitTests {
    private let acme = TenantID(unchecked: "acme")

    @Test func `a caller beyond its rate is told so, and when to come again`() async throws {
        var settings = WebSettings()
        settings.rates = RateLimits(
            caller: RatePolicy(requests: 3, window: 86_400), tenant: RatePolicy(requests: 4, window: 86_400))
        try await WebFixture.with(settings) { (web) async throws in
            _ = try await web.host.daemon.store.createTenant(acme)
            let (one, two) = (try await web.key([.pluginsRead], tenant: acme), try await web.key([.pluginsRead], tenant: acme))
            for left in [2, 1, 0] {
                let reply = try await web.send("GET", "/api/plugins", key: one)
                #expect(reply.status == 200)
                #expect(reply.headers["ratelimit-policy"] == "\"caller\";q=3;w=86400, \"tenant\";q=4;w=86400")
                #expect(reply.headers["ratelimit"]?.hasPrefix("\"caller\";r=\(left);t=") == true, "\(reply.headers)")
            }
            let refused = try await web.send("GET", "/api/plugins", key: one)
            #expect(refused.status == 429)
            #expect(refused.json["code"] == "rateLimited")
            #expect(refused.json["violated-policies"] == ["caller"])
            #expect(refused.json["type"] == "https://iana.org/assignments/http-problem-types#quota-exceeded")
            let wait = Int(refused.headers["retry-after"] ?? "") ?? 0
            #expect((1...28_800).contains(wait), "\(wait)")
            #expect(refused.headers["ratelimit"]?.contains("\"caller\";r=0") == true)
            // What is denied counts, too, or guessing would be free.
            #expect(try await web.send("GET", "/api/secrets", key: two).status == 403)
            let shared = try await web.send("GET", "/api/plugins", key: two)
            #expect(shared.status == 429)
            #expect(shared.json["violated-policies"] == ["tenant"])
            // Others are not held up, nor is what everybody may ask.
            #expect(try await web.send("GET", "/api/status").status == 200)
            let health = try await web.send("GET", "/healthz", key: "")
            #expect(health.status == 200)
            #expect(health.headers["ratelimit"] == nil)
        }
    }

    @Test func `a retried POST that was already done still gets its answer only within the rate`() async throws {
        var settings = WebSettings()
        settings.rates = RateLimits(caller: RatePolicy(requests: 2, window: 86_400))
        try await WebFixture.with(settings) { (web) async throws in
            let headers = ["Idempotency-Key: once"]
            #expect(try await web.send("POST", "/api/tenants", ["id": "acme"], headers: headers).status == 201)
            #expect(try await web.send("POST", "/api/tenants", ["id": "acme"], headers: headers).status == 201)
            #expect(try await web.send("POST", "/api/tenants", ["id": "acme"], headers: headers).status == 429)
        }
    }

    @Test func `rates are read strictly from the configuration`() throws {
        func settings(_ text: String) throws(Problem) -> RateLimits? {
            try DaemonConfiguration(
                try YAMLNode.load(text: "http: {rates: \(text)}", named: "cloister.yaml"), folder: "/etc/cloister"
            ).http?.rates
        }
        #expect(
            try settings("{caller: {requests: 600, window: 1m}, tenant: {requests: 6000, window: 1m}}")
                == RateLimits(caller: RatePolicy(requests: 600, window: 60), tenant: RatePolicy(requests: 6000, window: 60)))
        for wrong in [
            "{caller: {requests: 0, window: 1m}}", "{caller: {requests: 5, window: 500ms}}", "{caller: {requests: 5}}",
            "{everybody: {requests: 5, window: 1m}}",
        ] {
            #expect(throws: Problem.self, "\(wrong)") { try settings(wrong) }
        }
    }
}
