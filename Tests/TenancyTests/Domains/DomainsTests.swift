import HostTesting
import Model
import Store
import Synchronization
import Testing

@testable import Tenancy

/// DNS and certificates as a test writes them.
private final class ScriptedLookup: DomainLookup {
    private let records = Mutex<(texts: [String: DomainRecords<String>], addresses: [String: DomainRecords<Address>])>(([:], [:]))
    private let shown = Mutex<(inspection: DomainInspection, looks: [String])>((.unknown("nothing answers"), []))

    var looks: [String] { shown.withLock { $0.looks } }
    func show(_ inspection: DomainInspection) { shown.withLock { $0.inspection = inspection } }

    func certificate(of name: String, at addresses: [Address], now: Int64) async -> DomainInspection {
        shown.withLock { shown in
            shown.looks.append("\(name) \(addresses.map(\.description).joined(separator: " "))")
            return shown.inspection
        }
    }

    func set(_ name: String, texts: DomainRecords<String>) { records.withLock { $0.texts[name] = texts } }
    func set(_ name: String, addresses: DomainRecords<Address>) { records.withLock { $0.addresses[name] = addresses } }
    func texts(at name: String) async -> DomainRecords<String> { records.withLock { $0.texts[name] ?? .absent } }
    func addresses(of name: String) async -> DomainRecords<Address> { records.withLock { $0.addresses[name] ?? .absent } }
}

struct DomainsTests {
    private static let acme = TenantID(unchecked: "acme")
    private static let globex = TenantID(unchecked: "globex")
    private static let here = Address("203.0.113.7")!
    private static let elsewhere = Address("198.51.100.1")!

    private struct Fixture {
        let store: Store
        let domains: Domains
        let lookup: ScriptedLookup

        /// Makes DNS say what the claim needs.
        func prove(_ claim: DomainClaim) {
            lookup.set(claim.name.challenge, texts: .found(["something else", claim.token]))
            lookup.set(claim.name.description, addresses: .found([here]))
        }
    }

    private static func settings() throws -> DomainSettings {
        DomainSettings(base: try DomainName("cloister.example"), addresses: [here], hosts: ["10.1.2.3"])
    }

    private static func with(_ body: (Fixture) async throws -> Void) async throws {
        let folder = TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        var options = Store.Options()
        options.registrySteps = DomainClaim.steps + DomainClaim.certificateSteps
        let store = try await Store.open(folder, options)
        for tenant in [acme, globex] { _ = try await store.createTenant(tenant) }
        let lookup = ScriptedLookup()
        try await body(Fixture(store: store, domains: try await Domains(store, try settings(), lookup), lookup: lookup))
        await store.close()
    }

    @Test func `a domain is served from when it is proved until its records go`() async throws {
        try await Self.with { fixture in
            let domains = fixture.domains
            let claim = try await domains.claim("Docs.Acme.Example", for: Self.acme)
            #expect(claim.state == .pending && claim.name.challenge == "_cloister-challenge.docs.acme.example")
            #expect(domains.residence(of: "docs.acme.example", isFromHere: false) == .unknown)
            #expect(try await domains.check("docs.acme.example", of: Self.acme).state == .pending)

            fixture.prove(claim)
            fixture.lookup.set("docs.acme.example", addresses: .found([Self.here, Self.elsewhere]))
            let owned = try await domains.check("docs.acme.example", of: Self.acme)
            #expect(owned.state == .owned && owned.reason == "docs.acme.example does not lead here")
            #expect(domains.allowsCertificate(for: "docs.acme.example") == false)

            fixture.prove(claim)
            #expect(try await domains.check("docs.acme.example", of: Self.acme).state == .routed)
            #expect(domains.allowsCertificate(for: "docs.acme.example") == true)
            for host in ["docs.acme.example", "DOCS.acme.example:443", "docs.acme.example."] {
                #expect(domains.residence(of: host, isFromHere: false) == .tenant(Self.acme), "\(host)")
            }
            for host in ["x.docs.acme.example", "acme.example", "docs.acme.example.evil.example", "docs.acme.example@evil", ""] {
                #expect(domains.residence(of: host, isFromHere: true) == .unknown, "\(host)")
            }

            fixture.lookup.set(claim.name.challenge, texts: .failed("silence"))
            #expect(try await domains.check("docs.acme.example", of: Self.acme).state != .dangling)
            try await domains.apply(.inspected(.good(Self.certificate)), to: claim)
            try await domains.apply(.served, to: claim)
            fixture.lookup.set(claim.name.challenge, texts: .absent)
            #expect(try await domains.check("docs.acme.example", of: Self.acme).state == .dangling)
            #expect(domains.residence(of: "docs.acme.example", isFromHere: false) == .unknown)
            #expect(domains.allowsCertificate(for: "docs.acme.example") == false)

            let again = try await Domains(fixture.store, try Self.settings(), fixture.lookup)
            #expect(try await again.find("docs.acme.example", of: Self.acme).state == .dangling)
        }
    }

    private static let certificate = DomainCertificate(issuer: "R11 (Let's Encrypt)", validUntil: 2_000_000_000_000)
    private static let ended = DomainInspection.bad(
        DomainCertificate(issuer: "R11 (Let's Encrypt)", validUntil: 1_000_000_000_000), "the certificate ended: renew it")

    @Test func `nobody is certified without a look at a certificate that is good`() async throws {
        try await Self.with { fixture in
            let domains = fixture.domains
            let claim = try await domains.claim("docs.acme.example", for: Self.acme)
            fixture.prove(claim)
            let routed = try await domains.check("docs.acme.example", of: Self.acme)
            #expect(routed.state == .routed && routed.obstacle == "nothing answers" && routed.certificate == nil && routed.inspected != nil)
            #expect(fixture.lookup.looks == ["docs.acme.example 203.0.113.7"])
            // Whoever asks whether one may be made has made none yet, and whoever is served is not believed alone.
            #expect(domains.allowsCertificate(for: "docs.acme.example") == true)
            try await domains.apply(.served, to: claim)
            #expect(try await domains.find("docs.acme.example", of: Self.acme).state == .routed)
            fixture.lookup.show(Self.ended)
            let bad = try await domains.check("docs.acme.example", of: Self.acme)
            #expect(bad.state == .routed && bad.obstacle == "the certificate ended: renew it" && bad.certificate?.validUntil == 1_000_000_000_000)
            fixture.lookup.show(.good(Self.certificate))
            let good = try await domains.check("docs.acme.example", of: Self.acme)
            #expect(good.state == .certified && good.obstacle == nil && good.certificate == Self.certificate)
            // It is kept.
            let again = try await Domains(fixture.store, try Self.settings(), fixture.lookup)
            #expect(try await again.find("docs.acme.example", of: Self.acme) == good)
        }
    }

    @Test func `a request over TLS looks at the certificate, and makes the domain one in use`() async throws {
        try await Self.with { fixture in
            let domains = fixture.domains
            fixture.prove(try await domains.claim("docs.acme.example", for: Self.acme))
            _ = try await domains.check("docs.acme.example", of: Self.acme)
            _ = try await domains.claim("acme.cloister.example", for: Self.acme)
            fixture.lookup.show(.good(Self.certificate))
            for name in ["docs.acme.example", "acme.cloister.example"] {
                for _ in 0..<20 { domains.noteServed(name) }
                for _ in 0..<3000 where try await domains.find(name, of: Self.acme).state != .active {
                    try await Task.sleep(for: .milliseconds(10))
                }
                #expect(try await domains.find(name, of: Self.acme).state == .active)
                #expect(try await domains.find(name, of: Self.acme).certificate == Self.certificate)
            }
            // One by the check, and one for all requests together.
            #expect(fixture.lookup.looks.count == 3, "\(fixture.lookup.looks)")
            domains.noteServed("docs.acme.example")
            domains.noteServed("nobody.example")
            #expect(fixture.lookup.looks.count == 3)
        }
    }

    @Test func `a domain in use whose certificate is good no more dangles, may have another made, and comes back with it`() async throws {
        try await Self.with { fixture in
            let domains = fixture.domains
            let claim = try await domains.claim("docs.acme.example", for: Self.acme)
            fixture.prove(claim)
            fixture.lookup.show(.good(Self.certificate))
            #expect(try await domains.check("docs.acme.example", of: Self.acme).state == .certified)
            try await domains.apply(.served, to: claim)
            fixture.lookup.show(.unknown("nothing answers"))
            #expect(try await domains.check("docs.acme.example", of: Self.acme).state == .active)
            fixture.lookup.show(Self.ended)
            let gone = try await domains.check("docs.acme.example", of: Self.acme)
            #expect(gone.state == .dangling && gone.obstacle == "the certificate ended: renew it")
            #expect(domains.residence(of: "docs.acme.example", isFromHere: false) == .unknown)
            #expect(domains.allowsCertificate(for: "docs.acme.example") == true)
            #expect(gone.isDue(at: (gone.checked ?? 0) + DomainClaim.eagerPeriod))
            // Somebody else who proves it has it then, and the first one no right to a certificate.
            let other = try await domains.claim("docs.acme.example", for: Self.globex)
            fixture.lookup.set(claim.name.challenge, texts: .absent)
            #expect(try await domains.check("docs.acme.example", of: Self.acme).state == .dangling)
            #expect(domains.allowsCertificate(for: "docs.acme.example") == false)
            _ = try await domains.remove("docs.acme.example", of: Self.globex)
            _ = other
            fixture.prove(claim)
            fixture.lookup.show(.good(Self.certificate))
            #expect(try await domains.check("docs.acme.example", of: Self.acme).state == .certified)
            #expect(domains.residence(of: "docs.acme.example", isFromHere: false) == .tenant(Self.acme))
        }
    }

    @Test func `a claim without proof takes nothing from anybody`() async throws {
        try await Self.with { fixture in
            let domains = fixture.domains
            let first = try await domains.claim("docs.acme.example", for: Self.acme)
            fixture.prove(first)
            _ = try await domains.check("docs.acme.example", of: Self.acme)
            let second = try await domains.claim("docs.acme.example", for: Self.globex)
            #expect(second.token != first.token)
            #expect(try await domains.check("docs.acme.example", of: Self.globex).state == .pending)
            #expect(domains.residence(of: "docs.acme.example", isFromHere: false) == .tenant(Self.acme))
            // The domain was sold: its new owner's token alone is there, and his check sees that the first one's is gone.
            fixture.lookup.set(second.name.challenge, texts: .found([second.token]))
            #expect(try await domains.check("docs.acme.example", of: Self.globex).state == .routed)
            #expect(domains.residence(of: "docs.acme.example", isFromHere: false) == .tenant(Self.globex))
            _ = try await domains.remove("docs.acme.example", of: Self.globex)
            #expect(domains.residence(of: "docs.acme.example", isFromHere: false) == .unknown)
        }
    }

    @Test func `a subdomain is the first one's, and only one label`() async throws {
        try await Self.with { fixture in
            let domains = fixture.domains
            let claim = try await domains.claim("acme.cloister.example", for: Self.acme)
            #expect(claim.state == .routed)
            #expect(domains.residence(of: "acme.cloister.example", isFromHere: false) == .tenant(Self.acme))
            let taken = await #expect(throws: Problem.self) { try await domains.claim("acme.cloister.example", for: Self.globex) }
            #expect(taken?.code == .conflict)
            for name in ["a.b.cloister.example", "www.cloister.example", "cloister.example", "xn--80ak6aa92e.cloister.example", "co.uk"] {
                let problem = await #expect(throws: Problem.self) { try await domains.claim(name, for: Self.globex) }
                #expect(problem?.code == .invalidInput && problem?.message.hasPrefix("/domain: ") == true, "\(name)")
            }
            #expect(domains.residence(of: "cloister.example", isFromHere: false) == .house)
            #expect(domains.residence(of: "10.1.2.3:8080", isFromHere: false) == .house)
            #expect(domains.residence(of: "localhost:8080", isFromHere: true) == .house)
            #expect(domains.residence(of: "localhost:8080", isFromHere: false) == .unknown)
        }
    }

    @Test func `a tenant has so many domains, sees its own alone, and takes them along when it goes`() async throws {
        try await Self.with { fixture in
            let domains = fixture.domains
            for number in 0..<Domains.mostOfTenant { _ = try await domains.claim("d\(number).cloister.example", for: Self.acme) }
            let problem = await #expect(throws: Problem.self) { try await domains.claim("more.cloister.example", for: Self.acme) }
            #expect(problem?.code == .quotaExceeded)
            let others = try await domains.list(of: Self.globex)
            #expect(others.isEmpty)
            let missing = await #expect(throws: Problem.self) { try await domains.remove("d1.cloister.example", of: Self.globex) }
            #expect(missing?.code == .notFound)
            try await fixture.store.deleteTenant(Self.acme)
            domains.forget(Self.acme)
            #expect(domains.residence(of: "d1.cloister.example", isFromHere: false) == .unknown)
            #expect(try await domains.claim("d1.cloister.example", for: Self.globex).state == .routed)
        }
    }

    @Test func `names that nobody has are asked about so often, and those that are served always`() async throws {
        var misses = Domains.Misses()
        let counts = (0..<5).map { _ in misses.count(in: 1) }
        let next = misses.count(in: 2)
        #expect(counts == [1, 2, 3, 4, 5] && next == 1)
        try await Self.with { fixture in
            _ = try await fixture.domains.claim("acme.cloister.example", for: Self.acme)
            let answers = (0..<1000).map { fixture.domains.allowsCertificate(for: "x\($0).example") }
            #expect(!answers.contains(true) && answers.contains(false) && answers.contains(nil))
            #expect(fixture.domains.allowsCertificate(for: "acme.cloister.example") == true)
            #expect(fixture.domains.allowsCertificate(for: "ACME.cloister.example") != true)
        }
    }

    @Test func `without settings every host is the house's, and nobody claims one`() async throws {
        try await Self.with { fixture in
            let domains = try await Domains(fixture.store, nil, fixture.lookup)
            #expect(domains.residence(of: "whatever.example", isFromHere: false) == .house)
            #expect(domains.allowsCertificate(for: "whatever.example") == false)
            let problem = await #expect(throws: Problem.self) { try await domains.claim("a.example.com", for: Self.acme) }
            #expect(problem?.code == .unsupported)
        }
    }
}
