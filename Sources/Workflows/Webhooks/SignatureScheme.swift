/// How a message carries the proof that its sender has the secret. What vendors do are values of it, not cases of their own.
///
/// Sources: docs.github.com "Validating webhook deliveries", docs.stripe.com "Verify webhook signatures manually",
/// api.slack.com "Verifying requests from Slack", standardwebhooks.com specification 1.0.
package struct SignatureScheme: Sendable, Hashable {
    package enum Name: String, Sendable, CaseIterable {
        case hmac = "hmac-sha256"
        case github, slack, stripe
        case standardWebhooks = "standard-webhooks"
        case token
    }

    package enum Proof: Sendable, Hashable {
        /// The secret itself.
        case secret
        /// The HMAC-SHA256 of these parts.
        case code([Part], Encoding, Key)
    }

    package enum Encoding: String, Sendable, CaseIterable {
        case hex, base64
    }

    package enum Key: Sendable, Hashable {
        /// The bytes of the secret's text.
        case text
        /// What it is base64 of, behind `whsec_`.
        case base64
    }

    package enum Part: Sendable, Hashable {
        case text(String)
        case timestamp, identifier, body
    }

    /// Where a message says when it was sent, in seconds since 1970.
    package enum Clock: Sendable, Hashable {
        case header(String)
        /// An entry of the proof's own header, behind this text.
        case entry(String)
    }

    /// What names a message: who sends it again means the same.
    package enum Identifier: Sendable, Hashable {
        case header(String)
        /// A member of the body.
        case member(String)
        /// The code: the same time and the same body.
        case code
    }

    package let name: Name
    /// In lower case, as all headers here.
    package var header: String
    /// Between several proofs in the header; one is enough.
    package var separator: Character?
    /// Stands before each proof.
    package var prefix = ""
    package var proof: Proof
    package var clock: Clock?
    /// The header that is meant by the part of that name.
    package var identifier: String?
    /// The first that a message has is its name.
    package var identifiers: [Identifier] = []
    /// Headers by which the sender says what a message is.
    package var described: [String] = []

    static let github = SignatureScheme(
        name: .github, header: "x-hub-signature-256", prefix: "sha256=", proof: .code([.body], .hex, .text),
        identifiers: [.header("x-github-delivery")], described: ["x-github-event", "x-github-delivery", "x-github-hook-id"])

    static let slack = SignatureScheme(
        name: .slack, header: "x-slack-signature", prefix: "v0=",
        proof: .code([.text("v0:"), .timestamp, .text(":"), .body], .hex, .text), clock: .header("x-slack-request-timestamp"),
        identifiers: [.member("event_id"), .code], described: ["x-slack-request-timestamp", "x-slack-retry-num", "x-slack-retry-reason"])

    static let stripe = SignatureScheme(
        name: .stripe, header: "stripe-signature", separator: ",", prefix: "v1=",
        proof: .code([.timestamp, .text("."), .body], .hex, .text), clock: .entry("t="), identifiers: [.member("id"), .code])

    static let standardWebhooks = SignatureScheme(
        name: .standardWebhooks, header: "webhook-signature", separator: " ", prefix: "v1,",
        proof: .code([.identifier, .text("."), .timestamp, .text("."), .body], .base64, .base64),
        clock: .header("webhook-timestamp"), identifier: "webhook-id", identifiers: [.header("webhook-id")],
        described: ["webhook-id", "webhook-timestamp"])

    /// A code over the body, or over the time, a point and the body where a header tells the time.
    static func hmac(_ header: String, prefix: String, _ encoding: Encoding, timestamp: String?) -> SignatureScheme {
        SignatureScheme(
            name: .hmac, header: header, prefix: prefix,
            proof: .code(timestamp == nil ? [.body] : [.timestamp, .text("."), .body], encoding, .text),
            clock: timestamp.map { .header($0) }, identifiers: timestamp == nil ? [] : [.code])
    }

    /// The secret in a header, as it is.
    static func token(_ header: String, prefix: String) -> SignatureScheme {
        SignatureScheme(name: .token, header: header, prefix: prefix, proof: .secret)
    }
}
