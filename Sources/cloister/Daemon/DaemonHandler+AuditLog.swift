import Control
import Model
import Tenancy

extension DaemonHandler {
    func auditEntries(_ query: AuditQuery, _ caller: Caller) async throws(Problem) -> JSONValue {
        let (entries, cursor) = try await daemon.audit.list(
            place(query.tenant, caller), try AuditRange(query), before: query.cursor, limit: query.limit ?? 100)
        return ["entries": .array(entries.map(\.json)), "cursor": JSONValue(cursor)]
    }

    func exportAudit(_ query: AuditQuery, _ caller: Caller, _ stream: ControlStream) async throws -> JSONValue {
        try await daemon.audit.export(
            place(query.tenant, caller), try AuditRange(query), after: query.cursor ?? 0, limit: query.limit
        ) { try await stream.send($0.json) }
        return [:]
    }

    func verifyAudit(of tenant: TenantID?, _ caller: Caller) async throws(Problem) -> JSONValue {
        var members = try await daemon.audit.verify(place(tenant, caller)).json
        members["publicKey"] = .string(Hexadecimal.text(daemon.audit.publicKey))
        return .object(members)
    }

    private func place(_ tenant: TenantID?, _ caller: Caller) -> AuditPlace { AuditPlace(caller.principal.tenant ?? tenant) }
}

extension AuditRange {
    fileprivate init(_ query: AuditQuery) throws(Problem) {
        self.init(
            from: try query.from.map { (text) throws(Problem) in try Timestamp(text, at: "/from").milliseconds },
            to: try query.to.map { (text) throws(Problem) in try Timestamp(text, at: "/to").milliseconds })
    }
}

extension AuditEntry {
    /// As everybody is told it. What the digest is made of is all in it.
    var json: JSONValue {
        [
            "sequence": .integer(sequence), "time": .string(Timestamp(milliseconds: time).description),
            "milliseconds": .integer(time), "kind": .string(kind.rawValue), "request": .string(attempt.request),
            "principal": .string(attempt.principal), "door": .string(attempt.door.rawValue), "method": .string(attempt.method),
            "tenant": JSONValue(attempt.tenant?.rawValue), "subject": .string(attempt.subject), "outcome": .string(outcome),
            "count": .integer(count), "intent": JSONValue(intent), "previous": .string(Hexadecimal.text(previous)),
            "digest": .string(Hexadecimal.text(digest)),
        ]
    }
}

extension AuditVerdict {
    fileprivate var json: [String: JSONValue] {
        [
            "log": JSONValue(place.tenant?.rawValue), "entries": .integer(entries), "first": JSONValue(first),
            "last": JSONValue(last), "isWhole": .bool(finding == nil),
            "finding": finding.map {
                ["entry": .integer($0.sequence), "fault": .string($0.fault.rawValue), "detail": .string($0.detail)]
            } ?? .null,
            "checkpoint": checkpoint.map {
                ["entry": .integer($0.sequence), "time": .string(Timestamp(milliseconds: $0.time).description)]
            } ?? .null,
        ]
    }
}
