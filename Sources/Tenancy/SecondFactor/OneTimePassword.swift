import Crypto

/// Time-based one-time passwords: RFC 6238 with HMAC-SHA-1, thirty seconds and six digits, as every app has them.
struct OneTimePassword: Sendable {
    static let period: Int64 = 30

    let secret: [UInt8]

    static func random() -> OneTimePassword {
        var generator = SystemRandomNumberGenerator()
        // RFC 4226 section 4: 160 bits.
        return OneTimePassword(secret: (0..<20).map { _ in .random(in: .min ... .max, using: &generator) })
    }

    /// The step of a moment in milliseconds since 1970.
    static func step(at moment: Int64) -> Int64 { moment / 1000 / period }

    /// RFC 4226 section 5.3.
    func code(at step: Int64, digits: Int = 6) -> String {
        let counter = (0..<8).map { UInt8(truncatingIfNeeded: step >> (56 - 8 * $0)) }
        let sum = Array(HMAC<Insecure.SHA1>.authenticationCode(for: counter, using: SymmetricKey(data: secret)))
        let offset = Int(sum[19] & 15)
        let number = sum[offset..<(offset + 4)].reduce(0) { $0 << 8 | Int($1) } & 0x7FFF_FFFF
        let text = String(number % (0..<digits).reduce(1) { power, _ in power * 10 })
        return String(repeating: "0", count: digits - text.count) + text
    }

    /// The step to which a code belongs, of the present one and those beside it: clocks differ.
    func step(of code: String, at moment: Int64) -> Int64? {
        let present = Self.step(at: moment)
        // All three in every case: what is compared does not show in the time.
        let matching = [present, present - 1, present + 1].filter { step in
            let right = self.code(at: step)
            return right.utf8.count == code.utf8.count && zip(right.utf8, code.utf8).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
        }
        return matching.first
    }

    var base32: String { Base32.encode(secret) }

    /// What an app reads from a picture: the key URI format that the apps agree on.
    func uri(issuer: String, account: String) -> String {
        let escape = { (text: String) in
            text.utf8.map { byte in
                let isPlain = (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || "-._~".utf8.contains(byte)
                return isPlain ? String(Unicode.Scalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }.joined()
        }
        return "otpauth://totp/\(escape(issuer)):\(escape(account))?secret=\(base32)&issuer=\(escape(issuer))"
            + "&algorithm=SHA1&digits=6&period=\(Self.period)"
    }
}
