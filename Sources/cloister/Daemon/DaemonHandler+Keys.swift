import Control
import Model
import Store
import Tenancy

extension DaemonHandler {
    func createKey(_ request: KeyRequest, _ caller: Caller) async throws(Problem) -> KeyReport {
        var wish = try KeyWish(name: request.name, tenant: request.tenant, scopes: request.scopes, days: request.days)
        if let text = request.environment {
            guard let environment = KeyText.Environment(rawValue: text) else {
                throw Problem(
                    .invalidInput, "/environment: unknown: \(text.prefix(40).debugDescription)",
                    hint: KeyText.Environment.allCases.map(\.rawValue).joined(separator: " or "))
            }
            wish.environment = environment
        }
        let (record, text) = try await daemon.keys.create(wish, by: caller.principal)
        if let tenant = record.tenant {
            await daemon.notify(tenant, Notice(.keyCreated, about: record.id.rawValue, "\(caller) made the key \(record.name) (\(record.start)…)."))
        }
        if let id = caller.principal.person, let person = try? await daemon.people.person(id, in: caller.principal.tenant) {
            await daemon.tell(person, of: .keyCreated(name: record.name, start: record.start))
        }
        var report = KeyReport(record)
        report.text = text.text
        return report
    }

    func keys(of tenant: TenantID?, _ part: ListPart, _ caller: Caller) throws(Problem) -> JSONValue {
        let page = try daemon.keys.page(tenant: caller.principal.tenant ?? tenant, after: part.cursor, limit: part.limit)
        return part.reply(KeyReport.json(page.elements.map(KeyReport.init)), next: page.next)
    }
}

extension KeyReport {
    init(_ record: KeyRecord) {
        self.init(
            id: record.id, name: record.name, tenant: record.tenant, scopes: record.scopes.sorted().map(\.rawValue),
            start: record.start, created: Timestamp(milliseconds: record.created).description, createdBy: record.createdBy,
            expires: record.expires.map { Timestamp(milliseconds: $0).description },
            lastUsed: record.lastUsed.map { Timestamp(milliseconds: $0).description })
    }
}
