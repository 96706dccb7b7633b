import Model
import Testing

@testable import Tenancy

/// Tokens that must not be believed.
struct IDTokenTests {
    private static let now: Int64 = 1_700_000_000_000
    private static let good: [String: JSONValue] = [
        "iss": "https://login.example", "aud": "cloister", "sub": "subject-1", "nonce": "n", "iat": 1_700_000_000, "exp": 1_700_000_300,
    ]

    private static func subject(_ changes: [String: JSONValue?]) throws -> ProviderSubject {
        var claims = good
        for (name, value) in changes { claims[name] = value }
        let token = try IDToken(try FakeKey.p256("one").token(claims))
        return try token.subject(issuer: "https://login.example", client: "cloister", nonce: "n", at: now)
    }

    @Test(arguments: [
        [:], ["aud": ["cloister"]], ["aud": ["cloister", "other"], "azp": "cloister"], ["azp": "cloister"], ["exp": 1_699_999_950],
        ["iat": 1_700_000_050], ["nbf": 1_700_000_050], ["exp": 1_700_000_300.5],
    ] as [[String: JSONValue?]])
    func `a token of this login is read`(changes: [String: JSONValue?]) throws {
        #expect(try Self.subject(changes).subject == "subject-1")
    }

    @Test(arguments: [
        ["iss": "https://login.example/"], ["iss": nil], ["aud": "other"], ["aud": []], ["aud": nil], ["aud": 1],
        ["aud": ["cloister", "other"]], ["azp": "other"], ["azp": 1], ["exp": 1_699_999_000], ["exp": nil], ["exp": "1700000300"],
        ["exp": 1e300], ["iat": 1_700_000_100], ["iat": 1_699_990_000], ["iat": nil], ["nbf": 1_700_000_100], ["nbf": "x"], ["nonce": "m"],
        ["nonce": nil], ["nonce": ""], ["sub": nil], ["sub": ""], ["sub": 7], ["sub": .string(String(repeating: "x", count: 256))],
    ] as [[String: JSONValue?]])
    func `a token of another login, client, issuer or time is refused`(changes: [String: JSONValue?]) {
        let problem = #expect(throws: Problem.self) { try Self.subject(changes) }
        #expect(problem?.code == .permissionDenied && problem?.message.hasPrefix("the provider's ID token") == true)
    }

    @Test(arguments: ["none", "HS256", "HS512", "RS384", "PS256", "ES384", "RS1", "rs256", ""])
    func `no other way of signing is taken`(algorithm: String) throws {
        let token = try FakeKey.p256("one").token(Self.good, header: ["alg": .string(algorithm)])
        #expect(throws: Problem.self) { try IDToken(token) }
    }

    @Test func `what is no token is refused`() throws {
        let good = try FakeKey.p256("one").token(Self.good)
        let parts = good.split(separator: ".").map(String.init)
        for text in [
            "", "a", "..", "a.b", good + ".x", parts[0] + "=." + parts[1] + "." + parts[2], "e30." + parts[1] + "." + parts[2],
            Base64URL.encode(Array("[]".utf8)) + "." + parts[1] + "." + parts[2], String(repeating: "x", count: 70_000),
        ] {
            #expect(throws: Problem.self, "\(text.prefix(20))") { try IDToken(text) }
        }
        let critical = try FakeKey.p256("one").token(Self.good, header: ["crit": ["exp"]])
        #expect(throws: Problem.self) { try IDToken(critical) }
    }

    @Test func `a signature is good with its own key alone`() async throws {
        for key in [FakeKey.p256("one"), FakeKey.ed25519("one")] {
            let (token, other) = (try key.token(Self.good), key.algorithm == "ES256" ? FakeKey.p256("one") : FakeKey.ed25519("one"))
            func published(_ key: FakeKey) throws -> ProviderKeys.Key? {
                let keys = try ProviderKeys(Array(JSONValue.object(["keys": [key.published]]).compactText.utf8))
                return keys.key("one", for: try IDToken(token).algorithm)
            }
            let (own, foreign) = (try #require(try published(key)), try #require(try published(other)))
            #expect(await own.hasSigned(token))
            #expect(await foreign.hasSigned(token) == false)
            let parts = token.split(separator: ".").map(String.init)
            let forged = "\(parts[0]).\(Base64URL.encode(Array(#"{"sub":"somebody else"}"#.utf8))).\(parts[2])"
            #expect(await own.hasSigned(forged) == false)
            #expect(await own.hasSigned("\(parts[0]).\(parts[1]).") == false)
        }
    }

    @Test(arguments: [
        ["kty": "oct", "k": "c2VjcmV0", "kid": "one"], ["kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "one"], ["kty": "EC", "crv": "P-384", "kid": "one"],
        ["kty": "EC", "crv": "P-256", "use": "enc", "kid": "one"], ["kty": "EC", "crv": "P-256", "alg": "RS256", "kid": "one"], 7, ["kid": "one"],
    ] as [JSONValue])
    func `keys that are not used here are passed over`(key: JSONValue) throws {
        #expect(try ProviderKeys(Array(JSONValue.object(["keys": [key]]).compactText.utf8)).keys.isEmpty)
    }

    @Test func `a list of keys is bounded, and a name that two keys have is nobody's`() throws {
        let one = FakeKey.p256("one").published
        let many = JSONValue.object(["keys": .array(Array(repeating: one, count: 65))])
        #expect(throws: Problem.self) { try ProviderKeys(Array(many.compactText.utf8)) }
        for bytes in [Array("{".utf8), Array(#"{"keys": 1}"#.utf8), []] { #expect(throws: Problem.self) { try ProviderKeys(bytes) } }
        let two = try ProviderKeys(Array(JSONValue.object(["keys": [one, FakeKey.p256("one").published]]).compactText.utf8))
        #expect(two.key("one", for: .es256) == nil && two.key(nil, for: .es256) == nil)
        let alone = try ProviderKeys(Array(JSONValue.object(["keys": [one]]).compactText.utf8))
        #expect(alone.key(nil, for: .es256) != nil && alone.key("one", for: .edDSA) == nil && alone.key("two", for: .es256) == nil)
    }
}
