import Egress
import Model
import Tenancy

/// DNS as the platform's domains ask it, and their certificates as they look at them.
struct DomainRecordLookup: DomainLookup {
    let resolver: RecordResolver
    let inspector: CertificateInspector

    func texts(at name: String) async -> DomainRecords<String> { DomainRecords(await resolver.texts(at: name)) }
    func addresses(of name: String) async -> DomainRecords<Address> { DomainRecords(await resolver.addresses(of: name)) }

    func certificate(of name: String, at addresses: [Address], now: Int64) async -> DomainInspection {
        switch await inspector.look(at: name, addresses, now: now) {
        case .good(let seen): .good(DomainCertificate(seen))
        case .bad(let seen, let why): .bad(DomainCertificate(seen), why)
        case .unknown(let why): .unknown(why)
        }
    }
}

extension DomainCertificate {
    fileprivate init(_ seen: SeenCertificate) { self.init(issuer: seen.issuer, validUntil: seen.validUntil) }
}

extension DomainRecords {
    fileprivate init(_ finding: RecordResolver.Finding<Record>) {
        switch finding {
        case .found(let records): self = .found(records)
        case .absent: self = .absent
        case .failed(let why): self = .failed(why)
        }
    }
}
