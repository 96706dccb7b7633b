import Model
import Testing

@testable import Workflows

/// How a webhook is written, and what is wrong with one.
struct WebhookTriggerTests {
    private static func findings(_ config: JSONValue) -> [String] {
        Definition.findings(
            Definition.with([Definition.node("start", "trigger", config, to: ["work"]), Definition.node("work", "action", ["kind": "set", "values": [:]])])
        ).map { $0.replacing("/nodes/0/config", with: "") }
    }

    private static func webhook(_ more: [String: JSONValue]) -> JSONValue {
        .object(["kind": "webhook"].merging(more) { $1 })
    }

    private static func read(_ config: [String: JSONValue]) throws -> WebhookTrigger {
        let workflow = try Workflow(
            reading: Definition.with([
                Definition.node("start", "trigger", webhook(config), to: ["work"]), Definition.node("work", "action", ["kind": "set", "values": [:]]),
            ]))
        guard case .trigger(.webhook(let webhook))? = workflow.nodes.first?.kind else { throw Problem(.internalFault, "no webhook") }
        return webhook
    }

    @Test func `that anybody may begin runs has to be said`() throws {
        #expect(
            Self.findings(Self.webhook([:])) == [
                "/signature: node start: missing: how a message proves who sent it (a scheme and secretName, or none where anybody may begin runs)"
            ])
        #expect(try Self.read(["signature": "none"]).proof == nil)
        for value: JSONValue in ["None", "", true, [], 0] { #expect(Self.findings(Self.webhook(["signature": value])).count == 1) }
    }

    @Test func `a scheme has its own members`() throws {
        let hmac = try Self.read([
            "signature": [
                "scheme": "hmac-sha256", "secretName": "orders", "header": "X-Signature", "prefix": "sha256=", "encoding": "base64",
                "timestamp": "X-Time", "tolerance": "1m",
            ], "reply": "result", "replyTimeout": "5s", "deduplicate": ".body.id", "headers": ["X-Topic"],
        ])
        #expect(hmac.proof?.scheme == .hmac("x-signature", prefix: "sha256=", .base64, timestamp: "x-time"))
        #expect(hmac.proof?.secretName == "orders" && hmac.proof?.tolerance == .seconds(60))
        #expect(hmac.reply == .result && hmac.replyTimeout == .seconds(5) && hmac.deduplicate == Template(program: ".body.id"))
        #expect(hmac.handedOn == ["content-type", "user-agent", "x-topic"])
        let token = try Self.read(["signature": ["scheme": "token", "secretName": "orders"]])
        #expect(token.proof?.scheme == .token("authorization", prefix: "Bearer "))
        let bare = try Self.read(["signature": ["scheme": "token", "secretName": "orders", "header": "User-Agent"]])
        #expect(bare.proof?.scheme == .token("user-agent", prefix: "") && bare.handedOn == ["content-type"])
        for scheme in ["github", "slack", "stripe", "standard-webhooks"] {
            let preset = try Self.read(["signature": ["scheme": .string(scheme), "secretName": "orders"]])
            #expect(preset.proof?.scheme.name.rawValue == scheme)
            #expect(!preset.handedOn.contains(preset.proof?.scheme.header ?? ""))
        }
    }

    @Test(arguments: [
        (["scheme": "sha1", "secretName": "a"], "/signature/scheme: node start: expected one of hmac-sha256, github, slack, stripe, standard-webhooks, token"),
        (["scheme": "githup", "secretName": "a"], "/signature/scheme: node start: expected one of hmac-sha256, github, slack, stripe, standard-webhooks, token (did you mean github?)"),
        (["scheme": "github"], "/signature/secretName: node start: missing"),
        (["scheme": "github", "secretName": "a b"], "/signature/secretName: node start: not the name of a secret (1 to 128 letters, digits, points, hyphens and underscores; cloister secret set NAME keeps one)"),
        (["scheme": "github", "secretName": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], "/signature/secretName: node start: this looks like a secret, not like its name (keep it by cloister secret set NAME, and name it here)"),
        (["scheme": "github", "secretName": "a", "header": "X-Other"], "/signature/header: node start: unknown member"),
        (["scheme": "github", "secretName": "a", "tolerance": "5m"], "/signature/tolerance: node start: unknown member"),
        (["scheme": "stripe", "secretName": "a", "tolerance": "2h"], "/signature/tolerance: node start: expected a time such as 250ms, 30s, 5m or 1h, from 1s to 1h"),
        (["scheme": "hmac-sha256", "secretName": "a"], "/signature/header: node start: missing: the header that has the code (header: X-Signature)"),
        (["scheme": "hmac-sha256", "secretName": "a", "header": "X Y"], "/signature/header: node start: not the name of a header (for example X-Signature)"),
    ] as [([String: JSONValue], String)])
    func `what is wrong with a signature is told with the way out`(signature: [String: JSONValue], finding: String) {
        #expect(Self.findings(Self.webhook(["signature": .object(signature)])) == [finding])
    }

    @Test func `no run gets a header that opens something`() {
        let signature: JSONValue = ["scheme": "token", "secretName": "a", "header": "X-Key"]
        for header in ["Authorization", "cookie", "Proxy-Authorization", "x-key"] {
            let findings = Self.findings(Self.webhook(["signature": signature, "headers": [.string(header)]]))
            #expect(findings.first?.hasPrefix("/headers: node start: no run gets the header \(header.lowercased())") == true, "\(findings)")
        }
        #expect(Self.findings(Self.webhook(["signature": "none", "headers": ["a b"]])).count == 1)
        #expect(Self.findings(Self.webhook(["signature": "none", "replyTimeout": "5s"])).first?.contains("nobody is kept waiting") == true)
        #expect(Self.findings(Self.webhook(["signature": "none", "reply": "result", "replyTimeout": "1h"])).count == 1)
    }

    /// A name is no secret, so that a definition stays whole on its way out.
    @Test func `an export keeps the names of secrets`() {
        let definition = Definition.with([
            Definition.node("start", "trigger", Self.webhook(["signature": ["scheme": "github", "secretName": "orders"]]))
        ])
        #expect(WorkflowExport(definition).definition == definition)
    }
}
