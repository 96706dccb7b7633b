import Crypto
import FoundationEssentials
import Model

/// What a browser brings along from the beginning of a login at a provider to its end, sealed: only the daemon reads it,
/// and only the browser that began has it.
struct SignInTicket: Sendable, Hashable {
    static let life: Int64 = 10 * 60_000
    private static let place = "sign-in/ticket"

    let tenant: TenantID
    let issuer: String
    let client: String
    let state: String
    let nonce: String
    /// Of PKCE (RFC 7636).
    let verifier: String
    let redirect: String
    let expires: Int64

    init(for tenant: TenantID, _ provider: IdentityProvider, redirect: String, at now: Int64) {
        (self.tenant, issuer, client, self.redirect) = (tenant, provider.issuer, provider.client, redirect)
        (state, nonce, verifier) = (AccessText.letters(), AccessText.letters(), AccessText.letters())
        expires = now + Self.life
    }

    /// RFC 7636 section 4.2, method S256.
    var challenge: String { Base64URL.encode(Array(SHA256.hash(data: Array(verifier.utf8)))) }

    func sealed(_ sealing: any Sealing) throws(Problem) -> String {
        let value: JSONValue = [
            "tenant": .string(tenant.rawValue), "issuer": .string(issuer), "client": .string(client), "state": .string(state),
            "nonce": .string(nonce), "verifier": .string(verifier), "redirect": .string(redirect), "expires": .integer(expires),
        ]
        return Base64URL.encode(try sealing.seal(value.compactText, for: Self.place))
    }

    /// Nil for what this daemon never sealed.
    init?(_ text: String, _ sealing: any Sealing) {
        guard text.utf8.count <= 4096, let sealed = Base64URL.decode(text), let plain = try? sealing.open(sealed, for: Self.place),
            let value = try? JSONValue.parse(plain), let tenant = (value["tenant"]?.string).flatMap(TenantID.init(rawValue:)),
            let issuer = value["issuer"]?.string, let client = value["client"]?.string, let state = value["state"]?.string,
            let nonce = value["nonce"]?.string, let verifier = value["verifier"]?.string, let redirect = value["redirect"]?.string,
            case .integer(let expires) = value["expires"]
        else { return nil }
        (self.tenant, self.issuer, self.client, self.state) = (tenant, issuer, client, state)
        (self.nonce, self.verifier, self.redirect, self.expires) = (nonce, verifier, redirect, expires)
    }
}

/// RFC 4648 section 5, without padding.
enum Base64URL {
    static func encode(_ bytes: [UInt8]) -> String {
        String(
            Data(bytes).base64EncodedString().compactMap { letter -> Character? in
                switch letter {
                case "+": "-"
                case "/": "_"
                case "=": nil
                default: letter
                }
            })
    }

    /// Nil for anything with a letter that is not of the alphabet.
    static func decode(_ text: some StringProtocol) -> [UInt8]? {
        guard text.utf8.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "=") }) else { return nil }
        var plain = text.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 }
        plain += Array(repeating: "=", count: (4 - plain.count % 4) % 4)
        return Data(base64Encoded: String(plain)).map { Array($0) }
    }
}
