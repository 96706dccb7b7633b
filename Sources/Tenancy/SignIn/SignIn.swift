import Crypto
import FoundationEssentials
import GRDB
package import Model
package import Store
import Synchronization

/// Logging in at a tenant's own provider: OpenID Connect, the code flow with PKCE.
///
/// A login is begun and ended by the same browser, which brings a sealed ticket along. The provider's word is taken for
/// nothing but who somebody is: the session that opens is one as any other.
package final class SignIn: Sendable {
    let store: Store
    let people: People
    let transport: any ProviderTransport
    let memory: ProviderMemory
    /// Kept apart from attempts with passwords: what is begun in an office's name by pages elsewhere, where the browser does
    /// not say so, leaves its people their passwords.
    let attempts = AddressLimit(AddressLimit.loginsAtProvider)
    /// Of each tenant by itself: strangers who fill one list stop the logins of one tenant.
    private let spent = Mutex<[TenantID: SpentStates]>([:])

    package init(_ store: Store, _ people: People, _ transport: any ProviderTransport) {
        self.store = store
        self.people = people
        self.transport = transport
        memory = ProviderMemory(transport)
    }

    var now: Int64 { people.now() }

    /// Begins a login. The browser is sent to `address` with the ticket in a cookie; `redirect` is where it comes back.
    package func begin(
        _ tenant: TenantID, redirect: String, from visitor: Visitor
    ) async throws(Problem) -> (address: String, ticket: String) {
        try admit(visitor)
        guard let provider = try await known(tenant) else { throw Self.none }
        let document = try await memory.document(of: provider.issuer, for: tenant, at: now)
        let ticket = SignInTicket(for: tenant, provider, redirect: redirect, at: now)
        let query = Self.form([
            ("response_type", "code"), ("client_id", provider.client), ("redirect_uri", redirect), ("scope", Self.scope(provider, document)),
            ("state", ticket.state), ("nonce", ticket.nonce), ("code_challenge", ticket.challenge), ("code_challenge_method", "S256"),
        ])
        let endpoint = document.authorization.text
        return (endpoint + (endpoint.contains("?") ? "&" : "?") + query, try ticket.sealed(people.sealing))
    }

    /// Some providers have a scope for the claim with the groups; others refuse scopes that they do not know.
    private static func scope(_ provider: IdentityProvider, _ document: ProviderDocument) -> String {
        let claim = provider.groups.claim
        let isWanted = !provider.groups.isEmpty && document.scopes.contains(claim) && !claim.contains(" ")
        return "openid email profile" + (isWanted ? " \(claim)" : "")
    }

    /// The tenant's provider. Whether a tenant is there at all, or which have names like it, nobody learns who asks to log in.
    private func known(_ tenant: TenantID) async throws(Problem) -> IdentityProvider? {
        do throws(Problem) {
            return try await provider(of: tenant)
        } catch {
            guard [.notFound, .conflict].contains(error.code) else { throw error }
            return nil
        }
    }

    /// Ends a login with what the browser brought back. `host` is the tenant at whose host that was. `moved` is told of another
    /// role that the person's groups gave, once the person has it.
    ///
    /// Throws `permissionDenied` for whoever is not let in and `unreachable` for a provider that does not do its part.
    package func finish(
        _ reply: ProviderReply, ticket text: String?, at host: TenantID?, from visitor: Visitor,
        moved: (RoleMove) async -> Void = { _ in }
    ) async throws(Problem) -> LoginOutcome {
        let ticket = try ticket(text, reply, at: host)
        // The ticket shows that its beginning was counted, and it is good once.
        if let error = reply.error {
            let word = error.filter { $0.isASCII && ($0.isLetter || $0 == "_") }.prefix(40)
            throw Problem(.permissionDenied, "the provider says no: \(word)", hint: "begin again; whoever looks after the provider knows why")
        }
        guard let code = reply.code, !code.isEmpty else {
            throw Problem(.permissionDenied, "the provider sent no code", hint: Self.again)
        }
        // RFC 9207: an answer of another provider must not be taken for this one's.
        guard reply.issuer == nil || reply.issuer == ticket.issuer else {
            throw Problem(.permissionDenied, "the answer is of another issuer", hint: Self.again)
        }
        guard let (provider, secret) = try await providerWithSecret(of: ticket.tenant), provider.issuer == ticket.issuer,
            provider.client == ticket.client
        else { throw Self.changedMeanwhile }
        let document = try await memory.document(of: provider.issuer, for: ticket.tenant, at: now)
        // What ends without a code being exchanged can be told again without harm.
        try spend(ticket)
        let token = try IDToken(try await exchange(code, ticket, document, secret))
        guard try await isSigned(token, document, for: ticket.tenant) else {
            throw Problem(.permissionDenied, "the signature of the provider's ID token is wrong", hint: Self.again)
        }
        let subject = try token.subject(issuer: provider.issuer, client: provider.client, nonce: ticket.nonce, at: now)
        let (person, move) = try await person(for: subject, token, provider, in: ticket.tenant)
        if let move { await moved(move) }
        attempts.forgive(visitor.address)
        return try await people.welcome(person, from: visitor)
    }

    private func admit(_ visitor: Visitor) throws(Problem) {
        guard let tooMany = attempts.admit(visitor.address, at: now) else { return }
        throw Problem(.quotaExceeded, "too many attempts", hint: "try again in \(tooMany.seconds) seconds", wait: Int64(tooMany.seconds))
    }

    /// The ticket of this very login.
    private func ticket(_ text: String?, _ reply: ProviderReply, at host: TenantID?) throws(Problem) -> SignInTicket {
        guard let text, let ticket = SignInTicket(text, people.sealing) else {
            throw Problem(.permissionDenied, "this browser has begun no login", hint: Self.again)
        }
        guard now < ticket.expires else { throw Problem(.permissionDenied, "the login took too long", hint: Self.again) }
        guard let state = reply.state, SecretCompare.isEqual(state, ticket.state), host == nil || host == ticket.tenant else {
            throw Problem(.permissionDenied, "the answer belongs to another login", hint: Self.again)
        }
        return ticket
    }

    /// Uses the ticket up.
    private func spend(_ ticket: SignInTicket) throws(Problem) {
        let moment = now
        guard moment < ticket.expires else { throw Problem(.permissionDenied, "the login took too long", hint: Self.again) }
        let isFirst = spent.withLock { spent in
            spent[ticket.tenant, default: SpentStates()].spend(ticket.state, until: ticket.expires, at: moment)
        }
        guard isFirst else {
            throw Problem(.permissionDenied, "the answer was used already", hint: Self.again)
        }
    }

    private func isSigned(_ token: IDToken, _ document: ProviderDocument, for tenant: TenantID) async throws(Problem) -> Bool {
        let key = try await memory.key(of: token, document, for: tenant, at: now)
        if await key.hasSigned(token.text) { return true }
        guard token.keyID == nil else { return false }
        return await (try memory.key(of: token, document, for: tenant, unlike: key, at: now)).hasSigned(token.text)
    }

    /// RFC 6749 section 4.1.3.
    private func exchange(_ code: String, _ ticket: SignInTicket, _ document: ProviderDocument, _ secret: String) async throws(Problem) -> String {
        var fields = [
            ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", ticket.redirect), ("code_verifier", ticket.verifier),
        ]
        var headers = ["Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"]
        if document.sendsSecretInForm {
            fields += [("client_id", ticket.client), ("client_secret", secret)]
        } else {
            let pair = "\(Self.escaped(ticket.client)):\(Self.escaped(secret))"
            headers["Authorization"] = "Basic " + Data(pair.utf8).base64EncodedString()
        }
        let answer = try await transport.send(
            ProviderRequest(tenant: ticket.tenant, address: document.token.address, headers: headers, form: Self.form(fields)))
        let value = try? JSONValue.parse(answer.body)
        guard answer.status == 200 else {
            if answer.status == 400, value?["error"] == "invalid_grant" {
                throw Problem(.permissionDenied, "the provider does not take the code", hint: Self.again)
            }
            let wrongClient = value?["error"] == "invalid_client"
            throw Problem(
                .unreachable, "the provider answered \(answer.status) to the code\(wrongClient ? ": invalid_client" : "")",
                hint: wrongClient ? "an owner checks the client's id and secret" : Self.again)
        }
        guard let token = value?["id_token"]?.string else {
            throw Problem(.unreachable, "the provider sent no ID token", hint: "an owner lets it speak OpenID Connect to this client")
        }
        return token
    }

    static let none = Problem(.notFound, "no provider is set up here", hint: "log in with your password")
    static let changedMeanwhile = Problem(.permissionDenied, "the provider was changed meanwhile", hint: again)
    private static let again = "begin again at the page where you log in"

    /// `application/x-www-form-urlencoded`.
    static func form(_ fields: [(String, String)]) -> String {
        fields.map { "\($0.0)=\(escaped($0.1))" }.joined(separator: "&")
    }

    /// All but RFC 3986's unreserved characters.
    private static func escaped(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
                bytes.append(byte)
            default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// What a browser brings back from a provider.
package struct ProviderReply: Sendable, Hashable {
    package let state: String?
    package let code: String?
    package let error: String?
    package let issuer: String?

    package init(state: String?, code: String?, error: String?, issuer: String?) {
        self.state = state
        self.code = code
        self.error = error
        self.issuer = issuer
    }
}

/// The logins that ended, until their tickets are too old: each ends once. Nothing is forgotten early: where there are too
/// many, no more end.
struct SpentStates: Sendable {
    /// Of one tenant, in the ten minutes that a ticket lasts.
    static let most = 100_000

    private var until: [String: Int64] = [:]

    mutating func spend(_ state: String, until expires: Int64, at now: Int64) -> Bool {
        if until.count >= Self.most { until = until.filter { $0.value > now } }
        guard until.count < Self.most, until[state] == nil else { return false }
        until[state] = expires
        return true
    }
}
