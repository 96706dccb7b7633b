import Model

/// What providers said of themselves and their keys, kept for an hour and no longer.
///
/// Kept for each tenant apart: what one tenant's provider says is nothing to another.
actor ProviderMemory {
    static let life: Int64 = 3_600_000
    /// An unknown key makes the daemon ask again, but no oftener than this: anybody can make up names of keys.
    static let respite: Int64 = 60_000
    static let mostProviders = 256

    private struct Name: Hashable {
        let tenant: TenantID
        let issuer: String
    }

    private struct Entry {
        let document: ProviderDocument
        let read: Int64
        var keys: ProviderKeys?
        var keysRead: Int64 = 0
        var askedAgain: Int64?
    }

    private let transport: any ProviderTransport
    private var entries: [Name: Entry] = [:]

    init(_ transport: any ProviderTransport) { self.transport = transport }

    func document(of issuer: String, for tenant: TenantID, at now: Int64) async throws(Problem) -> ProviderDocument {
        let name = Name(tenant: tenant, issuer: issuer)
        if let entry = entries[name], Self.isFresh(entry.read, now) { return entry.document }
        let address = try ProviderAddress(
            ProviderDocument.address(of: issuer), at: "issuer", allowsPlain: transport.allowsPlain, isIssuer: true)
        let document = try ProviderDocument(
            try await get(address, for: tenant), of: issuer, allowsPlain: transport.allowsPlain)
        if entries.count >= Self.mostProviders { entries = [:] }
        entries[name] = Entry(document: document, read: now)
        return document
    }

    /// The key that a token says it is signed with, but not the one that was found `wrong`: a token need not name its key.
    /// Throws `permissionDenied` where the provider has no such key.
    func key(
        of token: IDToken, _ document: ProviderDocument, for tenant: TenantID, unlike wrong: ProviderKeys.Key? = nil, at now: Int64
    ) async throws(Problem) -> ProviderKeys.Key {
        let name = Name(tenant: tenant, issuer: document.issuer)
        let entry = entries[name]
        if let keys = entry?.keys, let entry, Self.isFresh(entry.keysRead, now) {
            if let key = keys.key(token.keyID, for: token.algorithm), key != wrong { return key }
            if let asked = entry.askedAgain, now >= asked, now - asked < Self.respite { throw Self.unknown }
            // Before the question, so that many at once ask but once.
            entries[name]?.askedAgain = now
        }
        guard let key = try await keys(document, for: tenant, at: now).key(token.keyID, for: token.algorithm) else { throw Self.unknown }
        return key
    }

    /// The provider's keys as they are now.
    func keys(_ document: ProviderDocument, for tenant: TenantID, at now: Int64) async throws(Problem) -> ProviderKeys {
        let keys = try ProviderKeys(try await get(document.keys, for: tenant))
        let name = Name(tenant: tenant, issuer: document.issuer)
        entries[name]?.keys = keys
        entries[name]?.keysRead = now
        return keys
    }

    /// What was known of a tenant's providers is read anew.
    func forget(_ tenant: TenantID) { entries = entries.filter { $0.key.tenant != tenant } }

    private func get(_ address: ProviderAddress, for tenant: TenantID) async throws(Problem) -> [UInt8] {
        let answer = try await transport.send(
            ProviderRequest(tenant: tenant, address: address.address, headers: ["Accept": "application/json"], form: nil))
        guard answer.status == 200 else {
            throw Problem(.unreachable, "the provider answered \(answer.status) at \(address.text)", hint: "is the issuer right?")
        }
        return answer.body
    }

    private static func isFresh(_ read: Int64, _ now: Int64) -> Bool { now >= read && now < read + life }

    private static var unknown: Problem {
        Problem(
            .permissionDenied, "the provider's ID token is signed with a key that the provider does not have",
            hint: "try again in a minute, in case it has just changed its keys")
    }
}
