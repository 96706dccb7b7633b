import Model
import Testing

@testable import Workflows

/// Proofs of messages against examples of the vendors, and codes that Python's hmac made.
struct SignatureCheckTests {
    struct Example: Sendable, CustomTestStringConvertible {
        let name: String
        let scheme: SignatureScheme
        let secret: String
        let headers: [String: String]
        let body: String
        /// In seconds since 1970.
        var time: Int64 = 1_700_000_000
        var testDescription: String { name }

        var message: WebhookMessage { message(headers, body) }

        func message(_ headers: [String: String], _ body: String) -> WebhookMessage {
            WebhookMessage(headers: headers.map { ($0.key, $0.value) }, query: [:], body: Array(body.utf8))
        }

        var proof: WebhookProof { WebhookProof(scheme: scheme, secretName: "some") }

        func check(_ message: WebhookMessage, secret: String? = nil, at time: Int64? = nil) throws(WebhookFault) -> String? {
            try proof.check(message, secret: secret ?? self.secret, at: (time ?? self.time) * 1000)
        }
    }

    /// docs.slack.dev, "Verifying requests from Slack".
    private static let slackBody =
        "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar"
        + "&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com"
        + "%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"

    static let examples: [Example] = [
        // docs.github.com, "Validating webhook deliveries".
        Example(
            name: "github", scheme: .github, secret: "It's a Secret to Everybody",
            headers: ["x-hub-signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"],
            body: "Hello, World!"),
        Example(
            name: "slack", scheme: .slack, secret: "8f742231b10e8888abcd99yyyzzz85a5",
            headers: [
                "x-slack-signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
                "x-slack-request-timestamp": "1531420618",
            ], body: slackBody, time: 1_531_420_618),
        // The example of the specification's own libraries.
        Example(
            name: "standard-webhooks", scheme: .standardWebhooks, secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            headers: [
                "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp": "1614265330",
                "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            ], body: #"{"test": 2432232314}"#, time: 1_614_265_330),
        Example(
            name: "stripe", scheme: .stripe, secret: "whsec_test_secret",
            headers: ["stripe-signature": "t=1492774577,v0=00,v1=4d9d080d29d93575e302f9ac4d42e1a77c2f3f769bfed3860aa193b8d903197e"],
            body: #"{"id": "evt_1", "type": "invoice.paid"}"#, time: 1_492_774_577),
        Example(
            name: "hmac-sha256, hex", scheme: .hmac("x-signature", prefix: "sha256=", .hex, timestamp: nil), secret: "hush",
            headers: ["x-signature": "sha256=e432b38d78e4a213c406bb4c3344fde2dc41e62343820daecf8f8e42d1647e2a"], body: #"{"a": 1}"#),
        Example(
            name: "hmac-sha256, base64", scheme: .hmac("x-signature", prefix: "", .base64, timestamp: nil), secret: "hush",
            headers: ["x-signature": "5DKzjXjkohPEBrtMM0T94txB5iNDgg2uz4+OQtFkfio="], body: #"{"a": 1}"#),
        Example(
            name: "hmac-sha256, with a time", scheme: .hmac("x-signature", prefix: "", .hex, timestamp: "x-time"), secret: "hush",
            headers: ["x-signature": "3e482e05a456b041d21c7a63df3c978640a28331ee5dcddefc20502a351292d4", "x-time": "1700000000"],
            body: #"{"a": 1}"#),
        Example(
            name: "token", scheme: .token("authorization", prefix: "Bearer "), secret: "hush",
            headers: ["authorization": "Bearer hush"], body: #"{"a": 1}"#),
    ]

    @Test(arguments: examples) func `what a vendor signs is believed`(example: Example) throws {
        let code = try example.check(example.message)
        #expect((code == nil) == (example.scheme.proof == .secret))
    }

    @Test(arguments: examples) func `another secret, another body and other headers are not`(example: Example) {
        #expect(throws: WebhookFault.wrongSignature) { try example.check(example.message, secret: example.secret + "x") }
        #expect(throws: WebhookFault.wrongSignature) { try example.check(example.message, secret: "") }
        if example.scheme.proof != .secret {
            #expect(throws: WebhookFault.wrongSignature) { try example.check(example.message(example.headers, example.body + " ")) }
        }
        for (name, value) in example.headers {
            // Not even the base64 of a code may be another text of it.
            for changed in [nil, "", "x", value + "0", String(value.dropLast()), value.replacing("=", with: ""), "v1,,v1=,sha256=,t="]
            where changed != value {
                var headers = example.headers
                headers[name] = changed
                #expect(throws: WebhookFault.wrongSignature, "\(name): \(changed ?? "nothing")") {
                    try example.check(example.message(headers, example.body))
                }
            }
        }
    }

    @Test(arguments: examples.filter { $0.scheme.clock != nil }) func `what was sent long ago, or has yet to be, is stale`(example: Example) throws {
        for offset: Int64 in [-301, 301, 1_000_000] {
            #expect(throws: WebhookFault.stale) { try example.check(example.message, at: example.time + offset) }
        }
        for offset: Int64 in [-300, 0, 300] { _ = try example.check(example.message, at: example.time + offset) }
        // Whoever has no proof does not learn that the time is wrong, too.
        #expect(throws: WebhookFault.wrongSignature) { try example.check(example.message, secret: "other", at: example.time + 1000) }
    }

    @Test func `times are whole seconds, and stand once`() {
        let example = Self.examples[3]
        for time in ["", "+1492774577", "1492774577.0", "-1", "99999999999999999999", "1e9", "1492774577,t=1492774577"] {
            let header = example.headers["stripe-signature"]?.replacing("t=1492774577", with: "t=\(time)") ?? ""
            #expect(throws: WebhookFault.wrongSignature, "\(time)") {
                try example.check(example.message(["stripe-signature": header], example.body))
            }
        }
    }

    @Test func `one of several codes is enough while a secret is changed, and a flood of them is not looked at`() throws {
        let example = Self.examples[2]
        let right = example.headers["webhook-signature"] ?? ""
        var headers = example.headers
        headers["webhook-signature"] = "v1a,AAAA v1,AAAA= \(right)"
        _ = try example.check(example.message(headers, example.body))
        headers["webhook-signature"] = Array(repeating: "v1,AAAA", count: 16).joined(separator: " ") + " " + right
        #expect(throws: WebhookFault.wrongSignature) { try example.check(example.message(headers, example.body)) }
    }

    @Test func `a header that stands twice says nothing`() {
        let example = Self.examples[0]
        let pair = (name: "x-hub-signature-256", value: example.headers["x-hub-signature-256"] ?? "")
        let message = WebhookMessage(headers: [pair, pair], query: [:], body: Array(example.body.utf8))
        #expect(throws: WebhookFault.wrongSignature) { try example.check(message) }
    }

    @Test func `a secret that is no key of its scheme opens nothing`() {
        let example = Self.examples[2]
        for secret in ["whsec_", "whsec_%%%", "not base64!"] {
            #expect(throws: WebhookFault.wrongSignature) { try example.check(example.message, secret: secret) }
        }
    }

    @Test func `a message's name is what its sender calls it`() throws {
        // A code is a proof, and stays out of runs.
        let digest = StepIdentity.digest(["c0de"])
        func name(_ scheme: SignatureScheme, _ headers: [String: String] = [:], _ body: JSONValue = [:], code: String? = "c0de") -> String? {
            let message = WebhookMessage(headers: headers.map { ($0.key, $0.value) }, query: [:], body: body.bytes)
            return WebhookProof(scheme: scheme, secretName: "some").name(of: message, body, code: code)
        }
        #expect(name(.github, ["x-github-delivery": "72d3162e"]) == "72d3162e" && name(.github) == nil)
        #expect(name(.stripe, [:], ["id": "evt_1"]) == "evt_1" && name(.stripe) == digest && name(.stripe, [:], ["id": 7]) == digest)
        #expect(name(.slack, [:], ["event_id": "Ev1"]) == "Ev1" && name(.slack, [:], ["event_id": ""]) == digest)
        #expect(name(.standardWebhooks, ["webhook-id": "msg_1"]) == "msg_1")
        #expect(name(.hmac("x", prefix: "", .hex, timestamp: "t")) == digest)
        #expect(name(.hmac("x", prefix: "", .hex, timestamp: nil)) == nil && name(.token("x", prefix: ""), code: nil) == nil)
    }
}
