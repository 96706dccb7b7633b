import Crypto
import FoundationEssentials
import JWTKit
import Model
import Synchronization

@testable import Tenancy

/// A provider on this side of the wire: its documents, its keys, and tokens that say whatever a test wants.
///
/// What a real one says is tested against one, in `ProviderLoginTests`.
final class FakeProvider: ProviderTransport {
    static let issuer = "https://login.example"
    static let client = "cloister"

    struct State {
        var issuer = FakeProvider.issuer
        var isDown = false
        var keys: [JSONValue] = []
        var token = ""
        var scopes: [String] = []
        var requests: [ProviderRequest] = []
        /// What happens here while the provider makes up its mind.
        var meanwhile: (@Sendable () async -> Void)?
    }

    let state = Mutex(State())
    let allowsPlain = false

    func send(_ request: ProviderRequest) async throws(Problem) -> ProviderAnswer {
        if request.address.path == "/token" { await state.withLock { $0.meanwhile }?() }
        let answer: (Int, JSONValue)? = state.withLock { state in
            state.requests.append(request)
            if state.isDown { return nil }
            switch request.address.path {
            case "/.well-known/openid-configuration":
                return (
                    200,
                    [
                        "issuer": .string(state.issuer), "authorization_endpoint": "https://login.example/authorize?kept=1",
                        "token_endpoint": "https://login.example/token", "jwks_uri": "https://keys.example/keys",
                        "scopes_supported": .array(state.scopes.map(JSONValue.string)),
                    ])
            case "/keys": return (200, ["keys": .array(state.keys)])
            case "/token": return (200, ["id_token": .string(state.token)])
            default: return (404, .null)
            }
        }
        guard let (status, value) = answer else { throw Problem(.unreachable, "the provider cannot be asked") }
        return ProviderAnswer(status: status, body: Array(value.compactText.utf8))
    }

    func asked(_ path: String) -> [ProviderRequest] { state.withLock { $0.requests.filter { $0.address.path == path } } }
}

/// A key of the provider with what it publishes of it.
struct FakeKey: Sendable {
    let id: String
    let algorithm: String
    let published: JSONValue
    private let sign: @Sendable ([UInt8]) throws -> [UInt8]

    static func p256(_ id: String) -> FakeKey {
        let key = P256.Signing.PrivateKey()
        let point = Array(key.publicKey.rawRepresentation)
        return FakeKey(
            id: id, algorithm: "ES256",
            published: [
                "kty": "EC", "crv": "P-256", "kid": .string(id), "x": .string(Base64URL.encode(Array(point[..<32]))),
                "y": .string(Base64URL.encode(Array(point[32...]))),
            ]) { Array(try key.signature(for: $0).rawRepresentation) }
    }

    static func ed25519(_ id: String) -> FakeKey {
        let key = Curve25519.Signing.PrivateKey()
        return FakeKey(
            id: id, algorithm: "EdDSA",
            published: [
                "kty": "OKP", "crv": "Ed25519", "kid": .string(id), "alg": "EdDSA",
                "x": .string(Base64URL.encode(Array(key.publicKey.rawRepresentation))),
            ]) { Array(try key.signature(for: $0)) }
    }

    private init(id: String, algorithm: String, published: JSONValue, sign: @escaping @Sendable ([UInt8]) throws -> [UInt8]) {
        (self.id, self.algorithm, self.published, self.sign) = (id, algorithm, published, sign)
    }

    func token(_ claims: [String: JSONValue], header: [String: JSONValue] = [:]) throws -> String {
        let head = JSONValue.object(["alg": .string(algorithm), "kid": .string(id)].merging(header) { $1 })
        let text = [head, .object(claims)].map { Base64URL.encode(Array($0.compactText.utf8)) }.joined(separator: ".")
        return text + "." + Base64URL.encode(try sign(Array(text.utf8)))
    }
}
