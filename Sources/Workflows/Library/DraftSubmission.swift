import GRDB
import Model

/// A definition that somebody wants to save, read as far as a draft must be readable.
struct DraftSubmission: Sendable {
    let id: WorkflowID
    /// Without its status, which is not the author's to write.
    let definition: JSONValue
    let bytes: [UInt8]
    let findings: WorkflowFindings
    private let status: JSONValue?

    init(_ value: JSONValue, for purpose: WorkflowLibrary.Purpose) throws(Problem) {
        guard var members = value.object else {
            throw Problem(.invalidInput, "/: expected the definition of a workflow, an object, found \(value.kind)")
        }
        if case .change(let id?, _) = purpose, members["id"]?.isNull ?? true { members["id"] = .string(id.rawValue) }
        guard let id = members["id"]?.string.flatMap(WorkflowID.init(rawValue:)) else {
            throw Problem(
                .invalidInput, members["id"] == nil ? "/id: missing" : "/id: not a workflow identifier",
                hint: "1 to 63 lower-case letters, digits and inner hyphens, for example read-invoices")
        }
        if case .change(let named?, _) = purpose, named != id {
            throw Problem(.invalidInput, "/id: is \(id), and the request is about \(named)", hint: "an identifier stays as it is")
        }
        status = members.removeValue(forKey: "status").flatMap { $0.isNull ? nil : $0 }
        self.id = id
        definition = .object(members)
        bytes = definition.bytes
        guard bytes.count <= Workflow.sizeLimit else {
            throw Problem(.invalidInput, "/: a definition has at most \(ByteSize(bytes: Int64(Workflow.sizeLimit)))")
        }
        findings = Self.findings(of: definition)
    }

    private static func findings(of definition: JSONValue) -> WorkflowFindings {
        do throws(WorkflowFindings) {
            _ = try Workflow(reading: definition)
            return WorkflowFindings()
        } catch {
            return error
        }
    }

    func check(
        against known: WorkflowRecord?, for purpose: WorkflowLibrary.Purpose, by author: String, at now: Int64
    ) throws(Problem) {
        if let status, status.string != (known?.status ?? .draft).rawValue {
            throw Problem(
                .invalidInput, "/status: is changed by publishing, activating and deactivating, not by saving",
                hint: "leave it out: cloister workflow activate \(id)")
        }
        try known?.checkLock(author, at: now)
        switch (purpose, known) {
        case (.create, let known?):
            throw Problem(.conflict, "workflow \(known.id) is there already", hint: "choose another id, or save a change of this one")
        case (.change(_, let revision?), let known) where known?.revision != revision:
            let found = known.map { "it is in revision \($0.revision)" } ?? "it is not there"
            throw Problem(
                .conflict, "workflow \(id) is not in revision \(revision): \(found)", hint: "read it again, and make your change to that")
        default: return
        }
    }

    /// Writes it as the draft.
    func store(over known: WorkflowRecord?, by author: String, at now: Int64, _ database: Database) throws {
        if known == nil {
            let count = try Int.fetchOne(database, sql: "SELECT count(*) FROM workflow") ?? 0
            guard count < WorkflowRecord.most else {
                throw Problem(.quotaExceeded, "the tenant has \(WorkflowRecord.most) workflows", hint: "delete some")
            }
        }
        let name = Self.line(definition["name"], limit: 100) ?? id.rawValue
        let description = definition["description"]?.string.flatMap { $0.utf8.count <= 4000 ? $0 : nil } ?? ""
        try database.execute(
            sql: """
                INSERT INTO workflow (
                    id, name, description, search, status, revision, draft, draftDigest, findings, faults, created, createdBy,
                    changed, changedBy
                ) VALUES (?1, ?2, ?3, ?4, 'draft', 1, ?5, ?6, ?7, ?8, ?9, ?10, ?9, ?10)
                ON CONFLICT (id) DO UPDATE SET name = ?2, description = ?3, search = ?4, revision = revision + 1, draft = ?5,
                    draftDigest = ?6, findings = ?7, faults = ?8, changed = ?9, changedBy = ?10
                """,
            arguments: [
                id.rawValue, name, description, "\(name)\n\(id)".lowercased(), String(decoding: bytes, as: UTF8.self),
                WorkflowLibrary.digest(bytes), JSONValue.array(findings.list.map(\.json)).compactText,
                findings.list.count + findings.dropped, now, author,
            ])
    }

    private static func line(_ value: JSONValue?, limit: Int) -> String? {
        guard let text = value?.string, (1...limit).contains(text.utf8.count),
            !text.unicodeScalars.contains(where: \.isControl)
        else { return nil }
        return text
    }
}
