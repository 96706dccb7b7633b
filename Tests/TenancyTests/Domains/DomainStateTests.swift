import HostTesting
import Model
import Testing

@testable import Tenancy

struct DomainStateTests {
    private static let findings: [DomainObservation.Finding] = [.present, .absent, .unknown("silence")]

    /// Rows: the state; columns: a good certificate, a bad one, none to be seen, served, then proof × route in the order of `findings`.
    private static let table: [(DomainState, [DomainState])] = [
        (.pending, [.pending, .pending, .pending, .pending, .routed, .owned, .owned, .pending, .pending, .pending, .pending, .pending, .pending]),
        (.owned, [.owned, .owned, .owned, .owned, .routed, .owned, .owned, .pending, .pending, .pending, .owned, .owned, .owned]),
        (.routed, [.certified, .routed, .routed, .routed, .routed, .owned, .routed, .pending, .pending, .pending, .routed, .routed, .routed]),
        (.certified, [.certified, .routed, .certified, .active, .certified, .dangling, .certified, .dangling, .dangling, .dangling, .certified, .certified, .certified]),
        (.active, [.active, .dangling, .active, .active, .active, .dangling, .active, .dangling, .dangling, .dangling, .active, .active, .active]),
        (.dangling, [.dangling, .dangling, .dangling, .dangling, .routed, .dangling, .dangling, .dangling, .dangling, .dangling, .dangling, .dangling, .dangling]),
    ]

    @Test(arguments: table)
    func `each event leads where the table says`(state: DomainState, expected: [DomainState]) {
        let observations = Self.findings.flatMap { proof in
            Self.findings.map { DomainState.Event.observed(DomainObservation(proof: proof, route: $0)) }
        }
        #expect((Self.inspections + [.served] + observations).map(state.after) == expected)
    }

    private static let certificate = DomainCertificate(issuer: "Somebody", validUntil: 9)
    private static let inspections: [DomainState.Event] = [
        .inspected(.good(certificate)), .inspected(.bad(certificate, "it is another's")), .inspected(.unknown("silence")),
    ]

    @Test func `a name of ours never dangles for its certificate`() throws {
        var claim = try claim("acme", .active)
        claim = DomainClaim(
            name: claim.name, tenant: claim.tenant, kind: .subdomain, state: .active, token: "", created: 0, since: 0, checked: nil, reason: nil)
        var claims = DomainClaims(claims: [claim])
        claims.handle(Self.inspections[1], of: claim.tenant, at: 5)
        #expect(claims.holder?.state == .routed && claims.holder?.obstacle == "it is another's")
    }

    private func claim(_ tenant: String, _ state: DomainState) throws -> DomainClaim {
        DomainClaim(
            name: try DomainName("docs.example.com"), tenant: TenantID(unchecked: tenant), kind: .custom, state: state, token: tenant,
            created: 0, since: 0, checked: nil, reason: nil)
    }

    private let both = DomainState.Event.observed(DomainObservation(proof: .present, route: .present))

    @Test(arguments: [DomainState.owned, .routed, .certified, .active])
    func `a domain that is held goes to nobody else, whatever he proves`(held: DomainState) throws {
        var claims = DomainClaims(claims: [try claim("acme", held), try claim("globex", .pending)])
        claims.handle(both, of: TenantID(unchecked: "globex"), at: 5)
        #expect(claims.claims[0].state == held)
        #expect(claims.claims[1].state == .pending && claims.claims[1].reason?.hasPrefix("another tenant holds") == true)
    }

    @Test func `one that dangles goes to whoever proves it, and to nobody without proof`() throws {
        var claims = DomainClaims(claims: [try claim("acme", .dangling), try claim("globex", .pending)])
        claims.handle(.observed(DomainObservation(proof: .absent, route: .present)), of: TenantID(unchecked: "globex"), at: 5)
        #expect(claims.holder == nil && claims.claims[1].state == .pending)
        claims.handle(.served, of: TenantID(unchecked: "globex"), at: 6)
        for event in Self.inspections { claims.handle(event, of: TenantID(unchecked: "globex"), at: 6) }
        #expect(claims.holder == nil)
        claims.handle(both, of: TenantID(unchecked: "globex"), at: 7)
        #expect(claims.holder?.tenant.rawValue == "globex" && claims.claims[0].state == .pending)
        // And the first one cannot take it back while the second holds it.
        claims.handle(both, of: TenantID(unchecked: "acme"), at: 8)
        #expect(claims.holder?.tenant.rawValue == "globex")
    }

    @Test func `whatever happens in whatever order, one tenant at most is served`() throws {
        var generator = SeededGenerator(seed: 421)
        let tenants = ["acme", "globex", "initech"]
        for _ in 0..<300 {
            var claims = DomainClaims(claims: try tenants.map { try claim($0, .pending) })
            for time in 0..<60 {
                let finding = { (generator: inout SeededGenerator) in Self.findings.randomElement(using: &generator) ?? .absent }
                let event: DomainState.Event =
                    switch Int.random(in: 0..<4, using: &generator) {
                    case 0: .served
                    case 1: Self.inspections.randomElement(using: &generator) ?? .served
                    default: .observed(DomainObservation(proof: finding(&generator), route: finding(&generator)))
                    }
                claims.handle(event, of: TenantID(unchecked: tenants.randomElement(using: &generator) ?? "acme"), at: Int64(time))
                #expect(claims.claims.count { $0.state.isHeld } <= 1)
            }
        }
    }
}
