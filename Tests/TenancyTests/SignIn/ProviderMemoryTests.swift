import HostTesting
import Model
import Synchronization
import Testing

@testable import Tenancy

/// What is remembered of providers, and when they are asked again.
struct ProviderMemoryTests {
    private static let acme = TenantID(unchecked: "acme")

    private static func token(_ key: FakeKey) throws -> IDToken { try IDToken(try key.token([:])) }

    @Test func `an unknown key makes the daemon ask again, once in a minute`() async throws {
        let (provider, first, second, third) = (FakeProvider(), FakeKey.p256("one"), FakeKey.ed25519("two"), FakeKey.p256("three"))
        provider.state.withLock { $0.keys = [first.published] }
        let memory = ProviderMemory(provider)
        let document = try await memory.document(of: FakeProvider.issuer, for: Self.acme, at: 0)
        _ = try await memory.key(of: try Self.token(first), document, for: Self.acme, at: 0)
        // The provider has changed its keys.
        provider.state.withLock { $0.keys = [second.published] }
        _ = try await memory.key(of: try Self.token(second), document, for: Self.acme, at: 1)
        #expect(provider.asked("/keys").count == 2)
        provider.state.withLock { $0.keys = [third.published] }
        let early = await problem { _ = try await memory.key(of: try Self.token(third), document, for: Self.acme, at: 59_999) }
        #expect(early?.code == .permissionDenied && provider.asked("/keys").count == 2)
        _ = try await memory.key(of: try Self.token(third), document, for: Self.acme, at: 60_001)
        #expect(provider.asked("/keys").count == 3)
    }

    @Test func `a token that names no key is looked at with the provider's new one, too`() async throws {
        let (provider, first, second) = (FakeProvider(), FakeKey.p256("one"), FakeKey.p256("two"))
        provider.state.withLock { $0.keys = [first.published] }
        let memory = ProviderMemory(provider)
        let document = try await memory.document(of: FakeProvider.issuer, for: Self.acme, at: 0)
        let token = try IDToken(try second.token([:], header: ["kid": .null]))
        #expect(token.keyID == nil)
        let old = try await memory.key(of: token, document, for: Self.acme, at: 0)
        #expect(await old.hasSigned(token.text) == false)
        provider.state.withLock { $0.keys = [second.published] }
        let new = try await memory.key(of: token, document, for: Self.acme, unlike: old, at: 1)
        #expect(await new.hasSigned(token.text))
        #expect(await problem { _ = try await memory.key(of: token, document, for: Self.acme, unlike: new, at: 2) }?.code == .permissionDenied)
    }

    @Test func `a document of another issuer, or without what is needed, is none`() async throws {
        let provider = FakeProvider()
        provider.state.withLock { $0.issuer = "https://evil.example" }
        let memory = ProviderMemory(provider)
        let other = await problem { _ = try await memory.document(of: FakeProvider.issuer, for: Self.acme, at: 0) }
        #expect(other?.code == .unreachable && other?.message.contains("names another issuer: \"https://evil.example\"") == true)
        provider.state.withLock { $0.isDown = true }
        #expect(await problem { _ = try await memory.document(of: FakeProvider.issuer, for: Self.acme, at: 0) }?.code == .unreachable)
        let whole: [String: JSONValue] = [
            "issuer": "https://a.example", "authorization_endpoint": "https://a.example/a", "token_endpoint": "https://a.example/t",
            "jwks_uri": "https://a.example/k",
        ]
        func document(_ changes: [String: JSONValue?]) throws -> ProviderDocument {
            var members = whole
            for (name, value) in changes { members[name] = value }
            return try ProviderDocument(Array(JSONValue.object(members).compactText.utf8), of: "https://a.example", allowsPlain: false)
        }
        #expect(try document(["token_endpoint_auth_methods_supported": ["client_secret_post"]]).sendsSecretInForm)
        #expect(try document([:]).sendsSecretInForm == false)
        for changes: [String: JSONValue?] in [
            ["token_endpoint": nil], ["jwks_uri": "http://a.example/k"], ["authorization_endpoint": "javascript:alert(1)"],
            ["authorization_endpoint": "https://a.example/a#b"], ["issuer": "https://a.example/"],
            ["code_challenge_methods_supported": ["plain"]],
        ] {
            #expect(throws: Problem.self, "\(changes)") { try document(changes) }
        }
    }

    @Test func `where a document lies does not depend on a last slash`() {
        #expect(ProviderDocument.address(of: "https://a.example/t/") == "https://a.example/t/.well-known/openid-configuration")
        #expect(ProviderDocument.address(of: "https://a.example/t") == "https://a.example/t/.well-known/openid-configuration")
    }

    @Test func `a spent state is remembered until its ticket is too old`() {
        var spent = SpentStates()
        let first = [spent.spend("a", until: 10, at: 0), spent.spend("a", until: 10, at: 5)]
        #expect(first == [true, false])
        let all = (1..<SpentStates.most).allSatisfy { spent.spend("\($0)", until: 10, at: 5) }
        #expect(all)
        let late = [spent.spend("b", until: 20, at: 9), spent.spend("b", until: 20, at: 10)]
        #expect(late == [false, true])
    }
}
