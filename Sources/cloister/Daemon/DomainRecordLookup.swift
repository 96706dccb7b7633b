import Egress
import Model
import Tenancy

/// DNS as the platform's domains ask it.
struct DomainRecordLookup: DomainLookup {
    let resolver: RecordResolver

    func texts(at name: String) async -> DomainRecords<String> { DomainRecords(await resolver.texts(at: name)) }
    func addresses(of name: String) async -> DomainRecords<Address> { DomainRecords(await resolver.addresses(of: name)) }
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
