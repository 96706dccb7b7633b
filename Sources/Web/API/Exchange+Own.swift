import HTTPTypes
import HummingbirdCore
import Model
import NIOCore
import Tenancy

/// What people do about themselves: the API's routes and the pages ask the same of the daemon.
extension Exchange {
    /// The session of a route that is for persons alone.
    func own() throws(Refusal) -> OpenSession {
        guard let session else { throw API.unauthenticated("nobody is logged in", hint: "log in with POST /api/login") }
        return session
    }

    func ownMembers() throws(Refusal) -> [String: JSONValue] {
        let person = try own().person
        var members: [String: JSONValue] = ["person": .string(person.id.rawValue)]
        if let tenant = person.tenant { members["tenant"] = .string(tenant.rawValue) }
        return members
    }

    /// Tells a person who has come in with a recovery code that one was used.
    func tellOfRecoveryCode(_ code: String, of person: Person) async throws {
        guard let left = try await people.recoveryCodesLeft(of: person, after: code) else { return }
        await port.tell(person, of: .recoveryCodeUsed(left: left), also: nil)
    }

    /// All other sessions end, and the person is told. The session that goes on is another one.
    func changeOwnPassword(from current: String, to new: String) async throws -> OpenSession {
        let session = try await people.changePassword(of: own(), from: current, to: new, visitor)
        await port.tell(session.person, of: .passwordChanged, also: nil)
        return session
    }

    func beginOwnSecondFactor(password: String) async throws -> SecondFactorOffer {
        try await people.beginSecondFactor(of: own(), password: password, issuer: secondFactorIssuer)
    }

    /// What an app calls the codes by: the host at which they were set up.
    var secondFactorIssuer: String { request.head.authority ?? "cloister" }

    /// The recovery codes, which are given this once.
    func confirmOwnSecondFactor(code: String) async throws -> [String] {
        let codes = try await people.confirmSecondFactor(of: own(), code: code)
        await port.tell(try own().person, of: .secondFactorSet, also: nil)
        return codes
    }

    func removeOwnSecondFactor(password: String, code: String) async throws {
        try await people.removeSecondFactor(of: own(), password: password, code: code)
        await port.tell(try own().person, of: .secondFactorRemoved, also: nil)
    }

    /// The one used last first.
    func ownSessions() async throws -> [JSONValue] {
        try await value("session/list", ownMembers())["sessions"]?.array ?? []
    }

    func endOwnSession(_ id: String) async throws {
        _ = try await perform("session/revoke", ownMembers(session: id))
    }

    func ownMembers(session id: String) throws(Refusal) -> [String: JSONValue] {
        var members = try ownMembers()
        members["session"] = .string(id)
        return members
    }

    func ownPreferences() async throws -> ByteBuffer {
        try await perform("notification/preferences/show", inboxMembers())
    }

    /// What is left out stays.
    func setOwnPreferences(_ preferences: JSONValue) async throws -> ByteBuffer {
        try await perform("notification/preferences/set", inboxMembers().merging(["preferences": preferences]) { $1 })
    }

    /// Only tenants have inboxes.
    func inboxMembers() throws(Refusal) -> [String: JSONValue] {
        let members = try ownMembers()
        guard members["tenant"] != nil else {
            throw Refusal(.conflict, "conflict", "the platform's people have no inbox", hint: "inboxes belong to tenants")
        }
        return members
    }
}
