import Crypto
import FoundationEssentials
package import Model

/// What a webhook's messages are signed with: `whsec_` and base64, as Standard Webhooks has it.
package struct WebhookSecret: Sendable, Hashable {
    package static let prefix = "whsec_"

    /// For its owner, once.
    package let text: String
    private let key: [UInt8]

    /// Throws `internalFault` for what is none: only the daemon makes them.
    package init(_ text: String) throws(Problem) {
        guard text.hasPrefix(Self.prefix), let key = Data(base64Encoded: String(text.dropFirst(Self.prefix.count))),
            (16...64).contains(key.count)
        else { throw Problem(.internalFault, "not the secret of a webhook", hint: "rotate it") }
        self.text = text
        self.key = Array(key)
    }

    /// 256 bits that nobody can guess.
    package static func random() throws(Problem) -> WebhookSecret {
        let bytes = SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) }
        return try WebhookSecret(prefix + bytes.base64EncodedString())
    }

    /// `v1,` and the HMAC-SHA256 of the message's identifier, the time of the try and the body. `seconds` is since 1970.
    package func signature(of id: String, at seconds: Int64, _ body: String) -> String {
        let code = HMAC<SHA256>.authenticationCode(
            for: Array("\(id).\(seconds).\(body)".utf8), using: SymmetricKey(data: key))
        return "v1," + Data(code).base64EncodedString()
    }
}
