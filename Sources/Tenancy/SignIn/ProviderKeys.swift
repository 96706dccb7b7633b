import FoundationEssentials
import JWTKit
import Model

/// How an ID token may be signed. `none` and whatever rests on a shared secret are not among them.
enum SigningAlgorithm: String, Sendable, CaseIterable {
    case rs256 = "RS256"
    case es256 = "ES256"
    case edDSA = "EdDSA"
}

/// The public keys of a provider (RFC 7517). A key is good for the one algorithm that its type has here, whatever a token
/// says.
struct ProviderKeys: Sendable {
    static let mostKeys = 64

    struct Key: Sendable, Hashable {
        let id: String?
        let algorithm: SigningAlgorithm
        fileprivate let parts: [String: String]
    }

    let keys: [Key]

    /// Throws `unreachable` for what is no list of keys. Keys of other kinds are passed over.
    init(_ bytes: [UInt8]) throws(Problem) {
        guard let list = (try? JSONValue.parse(bytes))?["keys"]?.array else {
            throw Problem(.unreachable, "the provider's keys are not a JSON Web Key Set")
        }
        guard list.count <= Self.mostKeys else {
            throw Problem(.unreachable, "the provider has more than \(Self.mostKeys) keys")
        }
        keys = list.compactMap(Self.key)
    }

    /// The key of that name; without a name the only one of the algorithm.
    func key(_ id: String?, for algorithm: SigningAlgorithm) -> Key? {
        let fitting = keys.filter { $0.algorithm == algorithm && (id == nil || $0.id == id) }
        return fitting.count == 1 ? fitting[0] : nil
    }

    private static func key(_ value: JSONValue) -> Key? {
        guard value["use"] == nil || value["use"] == "sig" else { return nil }
        var parts: [String: String] = [:]
        for name in ["n", "e", "x", "y"] { parts[name] = value[name]?.string }
        let algorithm: SigningAlgorithm
        switch (value["kty"]?.string, value["crv"]?.string) {
        case ("RSA", _):
            // Below 2048 bits a key can be broken, beyond 8192 it is there to cost time.
            guard let modulus = parts["n"].flatMap({ Base64URL.decode($0) }), (256...1024).contains(modulus.drop { $0 == 0 }.count),
                let exponent = parts["e"].flatMap({ Base64URL.decode($0) }), (1...4).contains(exponent.count)
            else { return nil }
            algorithm = .rs256
        case ("EC", "P-256"): algorithm = .es256
        case ("OKP", "Ed25519"): algorithm = .edDSA
        default: return nil
        }
        guard value["alg"] == nil || value["alg"]?.string == algorithm.rawValue else { return nil }
        return Key(id: value["kid"]?.string, algorithm: algorithm, parts: parts)
    }
}

extension ProviderKeys.Key {
    /// Whether the token's signature was made with this key.
    func hasSigned(_ token: String) async -> Bool {
        do {
            let keys = JWTKeyCollection()
            switch algorithm {
            case .rs256:
                await keys.add(
                    rsa: try Insecure.RSA.PublicKey(modulus: parts["n"] ?? "", exponent: parts["e"] ?? ""), digestAlgorithm: .sha256)
            case .es256: await keys.add(ecdsa: try ES256PublicKey(parameters: (parts["x"] ?? "", parts["y"] ?? "")))
            case .edDSA: await keys.add(eddsa: try EdDSA.PublicKey(x: parts["x"] ?? "", curve: .ed25519))
            }
            _ = try await keys.verify(token, as: Unread.self)
            return true
        } catch {
            return false
        }
    }

    /// The claims are read by `IDToken`, strictly, once the signature is right.
    private struct Unread: JWTPayload {
        init(from decoder: any Decoder) {}
        func encode(to encoder: any Encoder) {}
        func verify(using algorithm: some JWTAlgorithm) {}
    }
}
