import Model

extension WorkflowRequest {
    /// The method must be one of these: `ControlRequest` lists them.
    init(_ method: ControlMethod, _ parameters: inout ControlParameters) throws(Problem) {
        if method == .workflowSchema {
            self = .schema
            return
        }
        let tenant: TenantID = try parameters.identifier("tenant")
        switch method {
        case .workflowList:
            self = .list(
                tenant, search: try parameters.optionalWord("search", limit: 100), status: try parameters.members.optionalString("status"),
                cursor: try parameters.optionalIdentifier("cursor"), limit: try parameters.page())
        case .workflowCreate: self = .create(tenant, definition: try parameters.definition())
        case .workflowValidate: self = .validate(tenant, definition: try parameters.definition())
        case .workflowTest: self = .test(tenant, try parameters.testWish())
        case .workflowImport:
            let text = try parameters.members.string("text")
            guard text.utf8.count <= Self.largest else {
                throw Problem(.invalidInput, "/text: larger than \(ByteSize(bytes: Int64(Self.largest)))")
            }
            self = .import(tenant, text: text, replaces: try parameters.members.optionalBool("replace") ?? false)
        default: self = try Self.about(try parameters.identifier("workflow"), of: tenant, method, &parameters)
        }
    }

    private static func about(
        _ id: WorkflowID, of tenant: TenantID, _ method: ControlMethod, _ parameters: inout ControlParameters
    ) throws(Problem) -> WorkflowRequest {
        switch method {
        case .workflowShow: return .show(tenant, id)
        case .workflowSave:
            return .save(
                tenant, id, definition: try parameters.definition(), revision: try parameters.members.optionalInteger("revision"))
        case .workflowDelete: return .delete(tenant, id, isForced: try parameters.members.optionalBool("force") ?? false)
        case .workflowPublish:
            return .publish(
                tenant, id, revision: try parameters.members.optionalInteger("revision"),
                note: try parameters.optionalWord("note", limit: 500))
        case .workflowVersions:
            return .versions(
                tenant, id, cursor: try parameters.members.optionalInteger("cursor"), limit: try parameters.page())
        case .workflowVersion: return .version(tenant, id, try parameters.version())
        case .workflowDiff:
            return .diff(
                tenant, id, from: try parameters.optionalWord("from", limit: 20) ?? "published",
                to: try parameters.optionalWord("to", limit: 20) ?? "draft")
        case .workflowRollback:
            return .rollback(tenant, id, version: try parameters.version(), note: try parameters.optionalWord("note", limit: 500))
        case .workflowActivate: return .activate(tenant, id)
        case .workflowDeactivate: return .deactivate(tenant, id)
        case .workflowLock:
            return .lock(
                tenant, id, seconds: try parameters.optionalCount("seconds", in: 10...3600) ?? 300,
                isStolen: try parameters.members.optionalBool("steal") ?? false)
        case .workflowUnlock: return .unlock(tenant, id, isStolen: try parameters.members.optionalBool("steal") ?? false)
        case .workflowExport:
            return .export(
                tenant, id, version: try parameters.optionalWord("version", limit: 20) ?? "published",
                format: try parameters.members.optionalString("format") ?? "json")
        case .workflowShare:
            return .share(tenant, id, version: try parameters.optionalVersion(), lasting: try parameters.lifetime("expires"))
        case .workflowLinks: return .links(tenant, id)
        case .workflowUnshare: return .unshare(tenant, id, try parameters.identifier("link"))
        default: preconditionFailure("\(method.rawValue) is not about workflows")
        }
    }

    var members: [String: JSONValue] {
        var members: [String: JSONValue] = [:]
        members["tenant"] = tenant.map { .string($0.rawValue) }
        switch self {
        case .create, .validate, .list, .import, .test, .schema: break
        default: members["workflow"] = .string(objectIdentifier)
        }
        switch self {
        case .list(_, let search, let status, let cursor, let limit):
            members["search"] = search.map(JSONValue.string)
            members["status"] = status.map(JSONValue.string)
            members["cursor"] = cursor.map { .string($0.rawValue) }
            members["limit"] = .integer(Int64(limit))
        case .create(_, let definition), .validate(_, let definition): members["definition"] = definition
        case .save(_, _, let definition, let revision):
            members["definition"] = definition
            members["revision"] = revision.map { .integer($0) }
        case .delete(_, _, let isForced): members["force"] = .bool(isForced)
        case .publish(_, _, let revision, let note):
            members["revision"] = revision.map { .integer($0) }
            members["note"] = note.map(JSONValue.string)
        case .versions(_, _, let cursor, let limit):
            members["cursor"] = cursor.map { .integer($0) }
            members["limit"] = .integer(Int64(limit))
        case .version(_, _, let number): members["version"] = .integer(Int64(number))
        case .diff(_, _, let from, let to):
            members["from"] = .string(from)
            members["to"] = .string(to)
        case .rollback(_, _, let number, let note):
            members["version"] = .integer(Int64(number))
            members["note"] = note.map(JSONValue.string)
        case .lock(_, _, let seconds, let isStolen):
            members["seconds"] = .integer(Int64(seconds))
            members["steal"] = .bool(isStolen)
        case .unlock(_, _, let isStolen): members["steal"] = .bool(isStolen)
        case .export(_, _, let version, let format):
            members["version"] = .string(version)
            members["format"] = .string(format)
        case .share(_, _, let version, let lifetime):
            members["version"] = version.map { .integer(Int64($0)) }
            members["expires"] = lifetime.map { .string($0.text) }
        case .unshare(_, _, let link): members["link"] = .string(link.rawValue)
        case .import(_, let text, let replaces):
            members["text"] = .string(text)
            members["replace"] = .bool(replaces)
        case .test(_, let wish):
            members["workflow"] = wish.workflow.map { .string($0.rawValue) }
            members["version"] = .string(wish.version)
            members["definition"] = wish.definition
            members["names"] = .array(wish.names.map(JSONValue.string))
            members["tests"] = wish.tests
            members["steps"] = .bool(wish.wantsSteps)
        case .show, .activate, .deactivate, .links, .schema: break
        }
        return members
    }

    private var objectIdentifier: String { objectName.split(separator: " ").first.map(String.init) ?? "" }
}

extension ControlParameters {
    /// Read as JSON and no further: the library says what is wrong with it.
    fileprivate mutating func definition() throws(Problem) -> JSONValue { try members.required("definition") }

    fileprivate mutating func testWish() throws(Problem) -> WorkflowRequest.TestWish {
        var wish = WorkflowRequest.TestWish()
        wish.workflow = try optionalIdentifier("workflow")
        wish.definition = members.take("definition")
        guard (wish.workflow == nil) != (wish.definition == nil) else {
            throw Problem(.invalidInput, "/definition: expected either a workflow or a definition")
        }
        wish.version = try optionalWord("version", limit: 20) ?? wish.version
        if let value = members.take("names") {
            let names = value.array?.compactMap(\.string) ?? []
            guard let list = value.array, list.count == names.count, names.count <= 50 else {
                throw Problem(.invalidInput, "/names: expected at most 50 names")
            }
            wish.names = names
        }
        wish.tests = members.take("tests")
        wish.wantsSteps = try members.optionalBool("steps") ?? false
        return wish
    }

    fileprivate mutating func page() throws(Problem) -> Int {
        try optionalCount("limit", in: 1...WorkflowRequest.mostEntries) ?? 50
    }

    fileprivate mutating func version() throws(Problem) -> Int {
        guard let number = try optionalVersion() else { throw Problem(.invalidInput, "/version: missing") }
        return number
    }

    fileprivate mutating func optionalVersion() throws(Problem) -> Int? { try optionalCount("version", in: 1...Int(Int32.max)) }

    /// How long it may be, the library says.
    fileprivate mutating func lifetime(_ name: String) throws(Problem) -> Duration? {
        guard let text = try members.optionalString(name) else { return nil }
        guard let time = WorkflowRequest.lifetime(text) else {
            throw Problem(.invalidInput, "/\(name): expected a time", hint: "for example 7d or 12h")
        }
        return time
    }

    fileprivate mutating func optionalWord(_ name: String, limit: Int) throws(Problem) -> String? {
        guard let text = try members.optionalString(name) else { return nil }
        guard (1...limit).contains(text.utf8.count), !text.unicodeScalars.contains(where: \.isControl) else {
            throw Problem(.invalidInput, "/\(name): expected 1 to \(limit) bytes without control characters")
        }
        return text
    }
}
