import Crypto
import FoundationEssentials
import Model

extension WebhookProof {
    /// Checks that whoever sent a message has the secret, in a time that says nothing of how wrong it is, and then that it was
    /// sent just now; `time` is in milliseconds since 1970. Returns the code that was right, in hexadecimal digits; nil where the
    /// proof is no code.
    func check(_ message: WebhookMessage, secret: String, at time: Int64) throws(WebhookFault) -> String? {
        guard let header = message.header(scheme.header) else { throw .wrongSignature }
        let entries = scheme.separator.map { header.split(separator: $0).map { String($0).trimmed } } ?? [header]
        let proofs = entries.prefix(Self.mostEntries).filter { $0.hasPrefix(scheme.prefix) }
            .map { String($0.dropFirst(scheme.prefix.count)) }
        switch scheme.proof {
        case .secret:
            // Digests are of one length, and compared in constant time.
            guard let proof = proofs.first, SHA256.hash(data: Array(proof.utf8)) == SHA256.hash(data: Array(secret.utf8)) else {
                throw .wrongSignature
            }
            return nil
        case .code(let parts, let encoding, let kind):
            guard let key = kind.key(secret), !key.isEmpty else { throw .wrongSignature }
            let moment = try timestamp(of: message, entries)
            var code = HMAC<SHA256>(key: SymmetricKey(data: key))
            for part in parts {
                switch part {
                case .text(let text): code.update(data: Array(text.utf8))
                case .timestamp: code.update(data: Array((moment?.text ?? "").utf8))
                case .identifier:
                    guard let identifier = scheme.identifier.flatMap({ message.header($0) }) else { throw .wrongSignature }
                    code.update(data: Array(identifier.utf8))
                case .body: code.update(data: message.body)
                }
            }
            let right = code.finalize()
            guard proofs.contains(where: { proof in encoding.bytes(proof).map { right == $0 } ?? false }) else {
                throw .wrongSignature
            }
            if let moment, abs(time - moment.milliseconds) > tolerance.milliseconds { throw .stale }
            return Hexadecimal.text(Array(right))
        }
    }

    /// Proofs, and what stands between them, that are looked at.
    private static let mostEntries = 16

    private func timestamp(
        of message: WebhookMessage, _ entries: [String]
    ) throws(WebhookFault) -> (text: String, milliseconds: Int64)? {
        let text: String?
        switch scheme.clock {
        case nil: return nil
        case .header(let name): text = message.header(name)
        case .entry(let prefix):
            let times = entries.filter { $0.hasPrefix(prefix) }
            text = times.count == 1 ? String(times[0].dropFirst(prefix.count)) : nil
        }
        guard let text, (1...12).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let seconds = Int64(text)
        else { throw .wrongSignature }
        return (text, seconds * 1000)
    }

    /// Whether it is a text, and no code of the message.
    package var isGuessable: Bool { if case .secret = scheme.proof { true } else { false } }

    /// What the sender calls a message, or a digest of its code, which is a proof and stays out of runs; nil where it has no name for it.
    func name(of message: WebhookMessage, _ body: JSONValue, code: String?) -> String? {
        for identifier in scheme.identifiers {
            let name: String? =
                switch identifier {
                case .header(let header): message.header(header)
                case .member(let member): body[member]?.string
                case .code: code.map { StepIdentity.digest([$0]) }
                }
            if let name, !name.isEmpty { return name }
        }
        return nil
    }
}

extension SignatureScheme.Key {
    fileprivate func key(_ secret: String) -> [UInt8]? {
        switch self {
        case .text: Array(secret.utf8)
        case .base64: Data(base64Encoded: secret.hasPrefix("whsec_") ? String(secret.dropFirst(6)) : secret).map { Array($0) }
        }
    }
}

extension SignatureScheme.Encoding {
    fileprivate func bytes(_ text: String) -> [UInt8]? {
        switch self {
        case .hex: Hexadecimal.bytes(text)
        case .base64: Data(base64Encoded: text).map { Array($0) }
        }
    }
}

extension String {
    fileprivate var trimmed: String {
        var text = drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
