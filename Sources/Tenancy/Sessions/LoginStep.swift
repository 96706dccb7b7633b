import GRDB
package import Model
import Store

/// A login of which the first half is done: whose it is, sealed, for the browser to bring along with the code.
struct LoginStep: Sendable, Hashable {
    static let life: Int64 = 5 * 60_000
    private static let place = "login/step"

    let tenant: TenantID?
    let person: PersonID
    let generation: Int64
    let expires: Int64

    init(_ person: Person, at now: Int64) {
        (tenant, self.person, generation, expires) = (person.tenant, person.id, person.generation, now + Self.life)
    }

    func sealed(_ sealing: any Sealing) throws(Problem) -> String {
        let value: JSONValue = [
            "tenant": JSONValue(tenant?.rawValue), "person": .string(person.rawValue), "generation": .integer(generation),
            "expires": .integer(expires),
        ]
        return Base64URL.encode(try sealing.seal(value.compactText, for: Self.place))
    }

    /// Nil for what this daemon never sealed.
    init?(_ text: String, _ sealing: any Sealing) {
        guard text.utf8.count <= 1024, let sealed = Base64URL.decode(text), let plain = try? sealing.open(sealed, for: Self.place),
            let value = try? JSONValue.parse(plain), let person = (value["person"]?.string).flatMap(PersonID.init(rawValue:)),
            case .integer(let generation) = value["generation"], case .integer(let expires) = value["expires"]
        else { return nil }
        tenant = (value["tenant"]?.string).flatMap(TenantID.init(rawValue:))
        (self.person, self.generation, self.expires) = (person, generation, expires)
    }
}

extension People {
    /// Ends a login with the code that was missing. `host` is the tenant at whose host that is asked.
    package func finish(_ step: String, code: String, at host: TenantID?, from visitor: Visitor) async throws(Problem) -> LoginOutcome {
        guard let step = LoginStep(step, sealing), now() < step.expires, host == nil || host == step.tenant else { return .refused }
        if let tooMany = addresses.admit(visitor.address, at: now()) { return .tooMany(seconds: tooMany.seconds) }
        let person: Person
        do throws(Problem) {
            person = try await home(step.tenant).person(step.person)
        } catch where error.code == .notFound || error.code == .conflict {
            return .refused
        }
        if let tooMany = try await admit(person.email, in: person.tenant) { return .tooMany(seconds: tooMany.seconds) }
        guard person.generation == step.generation, try await use(code, of: person) else { return .refused }
        addresses.forgive(visitor.address)
        try await forgive(person.email, in: person.tenant, all: true)
        return .welcome(try await enter(person, visitor))
    }

    /// For somebody who has shown who they are, but for the second factor where there is one.
    func welcome(_ person: Person, from visitor: Visitor) async throws(Problem) -> LoginOutcome {
        guard !person.hasSecondFactor else { return .needsCode(step: try LoginStep(person, at: now()).sealed(sealing)) }
        return .welcome(try await enter(person, visitor))
    }

    private func enter(_ person: Person, _ visitor: Visitor) async throws(Problem) -> OpenSession {
        let now = now()
        try await home(person.tenant).write { database in
            try database.execute(sql: "UPDATE person SET lastLogin = ? WHERE id = ?", arguments: [now, person.id.rawValue])
        }
        return try await open(for: person, visitor)
    }
}
