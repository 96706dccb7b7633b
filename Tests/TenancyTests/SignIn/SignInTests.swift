import FoundationEssentials
import GRDB
import HostTesting
import Model
import Store
import Synchronization
import Testing

@testable import Tenancy

/// Logins at a provider, on a real store.
struct SignInTests {
    private static let acme = PeopleFixture.acme
    private static let redirect = "https://acme.example/login/provider/back"

    struct Scene: Sendable {
        let fixture: PeopleFixture
        let provider: FakeProvider
        let signIn: SignIn
        let key = FakeKey.p256("one")

        @discardableResult func set(
            role: String? = nil, domains: [String] = ["example.com"], groups: [(String, String)] = [], claim: String? = nil,
            by principal: Principal = PeopleFixture.root
        ) async throws -> ProvisioningOutcome<IdentityProvider> {
            try await signIn.setProvider(
                IdentityProviderWish(
                    name: "Example ID", issuer: FakeProvider.issuer, client: FakeProvider.client, secret: "the client's secret",
                    domains: domains, role: role,
                    groups: .init(claim: claim, entries: groups.map { .init(group: $0.0, role: $0.1) })),
                of: acme, by: principal)
        }

        func claims(_ nonce: String, _ changes: [String: JSONValue?] = [:]) -> [String: JSONValue] {
            let now = fixture.clock.now / 1000
            var claims: [String: JSONValue] = [
                "iss": .string(FakeProvider.issuer), "aud": .string(FakeProvider.client), "sub": "subject-1", "nonce": .string(nonce),
                "iat": .integer(now), "exp": .integer(now + 300), "email": "ada@example.com", "email_verified": true, "name": "Ada",
            ]
            for (name, value) in changes { claims[name] = value }
            return claims
        }

        /// A whole login, at the end of which the provider says what `token` makes of the nonce.
        func login(
            reply: ((SignInTicket) -> ProviderReply)? = nil, signing key: FakeKey? = nil, header: [String: JSONValue] = [:],
            moved: (RoleMove) async -> Void = { _ in }, _ changes: [String: JSONValue?] = [:]
        ) async throws -> LoginOutcome {
            let begun = try await signIn.begin(acme, redirect: redirect, from: PeopleFixture.visitor)
            let ticket = try #require(SignInTicket(begun.ticket, Reversal()))
            let token = try (key ?? self.key).token(claims(ticket.nonce, changes), header: header)
            provider.state.withLock { $0.token = token }
            return try await signIn.finish(
                reply?(ticket) ?? ProviderReply(state: ticket.state, code: "code", error: nil, issuer: nil), ticket: begun.ticket,
                at: acme, from: PeopleFixture.visitor, moved: moved)
        }

        func refusal(
            reply: ((SignInTicket) -> ProviderReply)? = nil, signing key: FakeKey? = nil, header: [String: JSONValue] = [:],
            _ changes: [String: JSONValue?] = [:]
        ) async -> Problem? {
            do {
                let outcome = try await login(reply: reply, signing: key, header: header, changes)
                Issue.record("let in: \(outcome)")
                return nil
            } catch {
                return error as? Problem
            }
        }
    }

    static func with(_ body: (Scene) async throws -> Void) async throws {
        try await PeopleFixture.with { (fixture) async throws in
            let provider = FakeProvider()
            let scene = Scene(fixture: fixture, provider: provider, signIn: SignIn(fixture.store, fixture.people, provider))
            provider.state.withLock { $0.keys = [scene.key.published] }
            try await body(scene)
        }
    }

    @Test func `a known person comes in, first by the address and then by the subject`() async throws {
        try await Self.with { (scene) async throws in
            try await scene.set()
            let ada = try await scene.fixture.person("ada@example.com", .owner)
            guard case .welcome(let session) = try await scene.login() else { throw Problem(.internalFault, "no welcome") }
            #expect(session.person.id == ada.id)
            #expect(try await scene.fixture.isOpen(session))
            // The provider is asked as it must be, and the browser is sent with all that binds the answer to it.
            let form = scene.provider.asked("/token").first?.form ?? ""
            #expect(form.contains("grant_type=authorization_code&code=code&redirect_uri=https%3A%2F%2Facme.example%2Flogin%2Fprovider%2Fback&code_verifier="))
            #expect(scene.provider.asked("/token").first?.headers["Authorization"] == "Basic Y2xvaXN0ZXI6dGhlJTIwY2xpZW50JTI3cyUyMHNlY3JldA==")
            // Another address at the provider is the same person still, and one without any.
            guard case .welcome(let again) = try await scene.login(["email": "new@example.com", "email_verified": nil]) else {
                throw Problem(.internalFault, "no welcome")
            }
            #expect(again.person.id == ada.id)
            #expect(scene.provider.asked("/keys").count == 1 && scene.provider.asked("/.well-known/openid-configuration").count == 1)
            scene.fixture.clock.advance(seconds: 3601)
            _ = try await scene.login()
            #expect(scene.provider.asked("/keys").count == 2 && scene.provider.asked("/.well-known/openid-configuration").count == 2)
        }
    }

    @Test func `the way there says what the answer must fit`() async throws {
        try await Self.with { (scene) async throws in
            try await scene.set()
            let begun = try await scene.signIn.begin(Self.acme, redirect: Self.redirect, from: PeopleFixture.visitor)
            let ticket = try #require(SignInTicket(begun.ticket, Reversal()))
            #expect(
                begun.address
                    == "https://login.example/authorize?kept=1&response_type=code&client_id=cloister&redirect_uri=https%3A%2F%2Facme.example%2Flogin%2Fprovider%2Fback"
                    + "&scope=openid%20email%20profile&state=\(ticket.state)&nonce=\(ticket.nonce)&code_challenge=\(ticket.challenge)&code_challenge_method=S256")
            #expect(ticket.challenge.utf8.count == 43 && Set([ticket.state, ticket.nonce, ticket.verifier]).count == 3)
        }
    }

    @Test func `new people come in only where they are wanted, with the role that was chosen, and without a password`() async throws {
        try await Self.with { (scene) async throws in
            try await scene.set()
            #expect(await scene.refusal()?.message == "nobody here has this e-mail address")
            try await scene.set(role: "member")
            guard case .welcome(let session) = try await scene.login(["name": "Bad\u{7}name"]) else { throw Problem(.internalFault, "no welcome") }
            #expect(session.person.role == .member && session.person.name == "ada" && session.person.email.text == "ada@example.com")
            #expect(try await scene.fixture.login("ada@example.com", password: "") == .refused)
            #expect(try await scene.fixture.login("ada@example.com") == .refused)
            // Logging in there alone, such a person has no password that could be lost.
            #expect(try await scene.fixture.people.beginRecovery(of: "ada@example.com", in: Self.acme) == nil)
            _ = try await scene.signIn.removeProvider(of: Self.acme, by: PeopleFixture.root)
            #expect(try await scene.fixture.people.beginRecovery(of: "ada@example.com", in: Self.acme) != nil)
            #expect(try await scene.fixture.isOpen(session))
        }
    }

    @Test func `an address links only where the provider verified it and may speak for it, and only once`() async throws {
        try await Self.with { (scene) async throws in
            try await scene.set(role: "member")
            _ = try await scene.fixture.person("ada@example.com", .admin)
            for changes: [String: JSONValue?] in [
                ["email_verified": false], ["email_verified": nil], ["email_verified": 1], ["email": nil], ["email": "ada"],
            ] {
                #expect(await scene.refusal(changes)?.message == "the provider vouches for no e-mail address of this person", "\(changes)")
            }
            #expect(await scene.refusal(["email": "ada@other.example"])?.message == "the provider may not speak for addresses of other.example")
            #expect(await scene.refusal(["email": "ada@sub.example.com"])?.code == .permissionDenied)
            _ = try await scene.login(["email_verified": "true"])
            // The address went to somebody else at the provider.
            #expect(await scene.refusal(["sub": "subject-2"])?.message == "the person with this address is another one at the provider")
        }
    }

    @Test func `whoever chose the provider lets in nobody who may more`() async throws {
        try await Self.with { (scene) async throws in
            let owner = try await scene.fixture.person("ada@example.com", .owner)
            let admin = try await scene.fixture.person("bob@example.com", .admin)
            try await scene.set(role: "member", by: admin.principal)
            #expect(await scene.refusal()?.message == "nobody with the role owner comes in by this provider")
            _ = try await scene.login(["sub": "subject-2", "email": "bob@example.com"])
            let tooWide = await problem { try await scene.set(role: "owner", by: admin.principal) }
            #expect(tooWide?.code == .permissionDenied)
            try await scene.set(by: owner.principal)
            _ = try await scene.login()
            // Also for who came that way before.
            try await scene.set(by: admin.principal)
            #expect(await scene.refusal()?.code == .permissionDenied)
            let nobody = Principal("key key-1", tenant: Self.acme, scopes: [.peopleWrite])
            #expect(await problem { try await scene.set(by: nobody) }?.code == .permissionDenied)
        }
    }

    @Test func `an answer ends the login that it belongs to, once, in its browser and in time`() async throws {
        try await Self.with { (scene) async throws in
            try await scene.set(role: "member")
            #expect(await scene.refusal(reply: { _ in .init(state: "other", code: "c", error: nil, issuer: nil) })?.message == "the answer belongs to another login")
            #expect(await scene.refusal(reply: { _ in .init(state: nil, code: "c", error: nil, issuer: nil) })?.code == .permissionDenied)
            #expect(await scene.refusal(reply: { .init(state: $0.state, code: nil, error: nil, issuer: nil) })?.message == "the provider sent no code")
            #expect(
                await scene.refusal(reply: { .init(state: $0.state, code: nil, error: "access_denied\"><b>", issuer: nil) })?.message
                    == "the provider says no: access_deniedb")
            #expect(
                await scene.refusal(reply: { .init(state: $0.state, code: "c", error: nil, issuer: "https://evil.example") })?.message
                    == "the answer is of another issuer")
            #expect(scene.provider.asked("/token").isEmpty)

            let begun = try await scene.signIn.begin(Self.acme, redirect: Self.redirect, from: PeopleFixture.visitor)
            let ticket = try #require(SignInTicket(begun.ticket, Reversal()))
            let reply = ProviderReply(state: ticket.state, code: "code", error: nil, issuer: FakeProvider.issuer)
            func finish(_ text: String?, at host: TenantID? = Self.acme) async throws -> LoginOutcome {
                try await scene.signIn.finish(reply, ticket: text, at: host, from: PeopleFixture.visitor)
            }
            for text in [nil, "", "x", String(begun.ticket.dropLast(4)), Base64URL.encode(Array("sign-in/other\n{}".utf8.reversed()))] {
                #expect(await problem { _ = try await finish(text) }?.message == "this browser has begun no login")
            }
            #expect(await problem { _ = try await finish(begun.ticket, at: PeopleFixture.globex) }?.code == .permissionDenied)
            let token = try scene.key.token(scene.claims(ticket.nonce))
            scene.provider.state.withLock { $0.token = token }
            _ = try await finish(begun.ticket)
            #expect(await problem { _ = try await finish(begun.ticket) }?.message == "the answer was used already")

            let late = try await scene.signIn.begin(Self.acme, redirect: Self.redirect, from: PeopleFixture.visitor)
            scene.fixture.clock.advance(seconds: 601)
            #expect(await problem { _ = try await finish(late.ticket) }?.message == "the login took too long")
        }
    }

    @Test func `a login that was begun at another provider does not end at this one`() async throws {
        try await Self.with { (scene) async throws in
            try await scene.set(role: "member")
            let begun = try await scene.signIn.begin(Self.acme, redirect: Self.redirect, from: PeopleFixture.visitor)
            let ticket = try #require(SignInTicket(begun.ticket, Reversal()))
            _ = try await scene.signIn.setProvider(
                IdentityProviderWish(
                    name: "x", issuer: "https://other.example", client: "cloister", secret: "s", domains: ["example.com"], role: nil),
                of: Self.acme, by: PeopleFixture.root)
            let reply = ProviderReply(state: ticket.state, code: "code", error: nil, issuer: nil)
            let refused = await problem {
                _ = try await scene.signIn.finish(reply, ticket: begun.ticket, at: nil, from: PeopleFixture.visitor)
            }
            #expect(refused?.message == "the provider was changed meanwhile")
        }
    }

    @Test func `a provider that is changed, narrowed or removed while it is asked lets nobody in who may not come now`() async throws {
        try await Self.with { (scene) async throws in
            let (signIn, other) = (scene.signIn, IdentityProviderWish(
                name: "x", issuer: "https://other.example", client: "cloister", secret: "s", domains: ["example.com"], role: "member"))
            var narrow = other
            (narrow.issuer, narrow.role) = (FakeProvider.issuer, nil)
            let narrowed = narrow
            let changes: [(String, @Sendable () async -> Void)] = [
                ("the provider was changed meanwhile", { _ = try? await signIn.removeProvider(of: Self.acme, by: PeopleFixture.root) }),
                ("the provider was changed meanwhile", { _ = try? await signIn.setProvider(other, of: Self.acme, by: PeopleFixture.root) }),
                ("nobody here has this e-mail address", { _ = try? await signIn.setProvider(narrowed, of: Self.acme, by: PeopleFixture.root) }),
            ]
            for (message, change) in changes {
                try await scene.set(role: "member")
                scene.provider.state.withLock { $0.meanwhile = change }
                #expect(await scene.refusal()?.message == message)
                scene.provider.state.withLock { $0.meanwhile = nil }
            }
            #expect(try await scene.fixture.people.list(in: Self.acme).isEmpty)
        }
    }

    @Test func `nobody comes in under a name that the directory has given to another`() async throws {
        try await Self.with { (scene) async throws in
            try await scene.set(role: "member")
            let profile = PersonProfile(userName: "ADA@example.com", email: try EmailAddress("countess@example.com"))
            _ = try await scene.fixture.people.provision(.random(), profile, in: Self.acme)
            #expect(await scene.refusal()?.code == .conflict)
            #expect(try await scene.fixture.people.list(in: Self.acme).count == 1)
        }
    }

    @Test func `what is tried at a provider takes no password's attempts, and answers to nothing count for nothing`() async throws {
        try await Self.with { (scene) async throws in
            try await scene.set(role: "member")
            _ = try await scene.fixture.person("ada@example.com", .owner)
            let (signIn, visitor) = (scene.signIn, PeopleFixture.visitor)
            let stray = ProviderReply(state: "x", code: "x", error: nil, issuer: nil)
            for _ in 0...AddressLimit.loginsAtProvider {
                #expect(await problem { _ = try await signIn.finish(stray, ticket: nil, at: nil, from: visitor) }?.code == .permissionDenied)
            }
            for _ in 0..<AddressLimit.loginsAtProvider { _ = try await signIn.begin(Self.acme, redirect: Self.redirect, from: visitor) }
            let more = await problem { _ = try await signIn.begin(Self.acme, redirect: Self.redirect, from: visitor) }
            #expect(more?.code == .quotaExceeded && more?.wait != nil)
            #expect(try await scene.fixture.isOpen(try await scene.fixture.session("ada@example.com")))
            scene.fixture.clock.advance(seconds: 901)
            // Logins that come to a good end leave nothing behind.
            for _ in 0..<AddressLimit.loginsAtProvider { _ = try await scene.login() }
        }
    }

    @Test func `a person with a second factor is asked for it, too`() async throws {
        try await Self.with { (scene) async throws in
            try await scene.set()
            _ = try await scene.fixture.person("ada@example.com", .owner)
            let session = try await scene.fixture.session("ada@example.com")
            let people = scene.fixture.people
            let offer = try await people.beginSecondFactor(of: session, password: PeopleFixture.password, issuer: "x")
            let factor = OneTimePassword(secret: try #require(Base32.decode(offer.secret)))
            let codes = try await people.confirmSecondFactor(of: session, code: factor.code(at: scene.fixture.clock.now / 30_000))
            guard case .needsCode(let step) = try await scene.login() else { throw Problem(.internalFault, "no code was asked for") }
            let visitor = PeopleFixture.visitor
            #expect(try await people.finish(step, code: "000000", at: Self.acme, from: visitor) == .refused)
            #expect(try await people.finish(step, code: codes[0], at: PeopleFixture.globex, from: visitor) == .refused)
            #expect(try await people.finish("x" + step, code: codes[0], at: Self.acme, from: visitor) == .refused)
            guard case .welcome = try await people.finish(step, code: codes[0], at: Self.acme, from: visitor) else {
                throw Problem(.internalFault, "no welcome")
            }
            #expect(try await people.finish(step, code: codes[0], at: Self.acme, from: visitor) == .refused)
            scene.fixture.clock.advance(seconds: 301)
            #expect(try await people.finish(step, code: codes[1], at: Self.acme, from: visitor) == .refused)
        }
    }

    @Test func `the client's secret lies sealed, stays for the same client, and moves with a copy only`() async throws {
        try await Self.with { (scene) async throws in
            try await scene.set(role: "member")
            let sealed = try await scene.fixture.store.tenant(Self.acme).read { try Data.fetchOne($0, sql: "SELECT secret FROM identityProvider") }
            #expect(sealed.map { !String(decoding: $0, as: UTF8.self).contains("the client's secret") } == true)
            func change(_ issuer: String, _ client: String) async throws {
                _ = try await scene.signIn.setProvider(
                    IdentityProviderWish(name: "New", issuer: issuer, client: client, secret: nil, domains: ["example.com"], role: nil),
                    of: Self.acme, by: PeopleFixture.root)
            }
            try await change(FakeProvider.issuer, FakeProvider.client)
            #expect(try await scene.signIn.providerWithSecret(of: Self.acme)?.secret == "the client's secret")
            for (issuer, client) in [("https://evil.example", FakeProvider.client), (FakeProvider.issuer, "other")] {
                #expect(await problem { try await change(issuer, client) }?.message == "/clientSecret: missing")
            }
            try await scene.fixture.store.tenant(Self.acme).write {
                try IdentityProvider.reseal($0, from: Self.acme, to: PeopleFixture.globex, Reversal())
            }
            #expect(await problem { _ = try await scene.signIn.providerWithSecret(of: Self.acme) }?.code == .internalFault)
            try await scene.fixture.store.tenant(Self.acme).write { try IdentityProvider.clear($0) }
            #expect(try await scene.signIn.provider(of: Self.acme) == nil)
        }
    }

    @Test(arguments: [
        ("http://login.example", "c", ["a.example"], nil), ("https://login.example?x", "c", ["a.example"], nil),
        ("https://user@login.example", "c", ["a.example"], nil), ("https://login.example", "", ["a.example"], nil),
        ("https://login.example", "c", [], nil), ("https://login.example", "c", ["a@b.example"], nil),
        ("https://login.example", "c", ["a.example"], "emperor"), ("https://login.example", "c", ["a.example"], "platform-owner"),
        ("https://login.example", "c\n", ["a.example"], nil),
    ] as [(String, String, [String], String?)])
    func `what can be no provider is refused with its place`(issuer: String, client: String, domains: [String], role: String?) async throws {
        try await Self.with { (scene) async throws in
            let refused = await problem {
                _ = try await scene.signIn.setProvider(
                    IdentityProviderWish(name: "x", issuer: issuer, client: client, secret: "s", domains: domains, role: role), of: Self.acme,
                    by: PeopleFixture.root)
            }
            #expect(refused?.code == .invalidInput && refused?.message.hasPrefix("/") == true, "\(String(describing: refused))")
        }
    }
}
