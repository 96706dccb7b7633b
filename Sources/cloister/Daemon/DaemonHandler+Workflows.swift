import Control
import Model
import Tenancy
import Workflows

extension DaemonHandler {
    func perform(_ request: WorkflowRequest, for caller: Caller) async throws(Problem) -> JSONValue {
        let answer = try await answer(request, for: caller)
        if request.method.effect == .changes, let tenant = request.tenant { await daemon.engine.libraryChanged(of: tenant) }
        return answer
    }

    private func answer(_ request: WorkflowRequest, for caller: Caller) async throws(Problem) -> JSONValue {
        let library = daemon.workflows
        let author = caller.author
        switch request {
        case .list(let tenant, let search, let status, let cursor, let limit):
            let page = try await library.list(
                of: tenant, search: search, status: try status.map(Self.status), after: cursor, limit: limit)
            return ["workflows": .array(page.workflows.map { $0.json() }), "cursor": JSONValue(page.next?.rawValue)]
        case .show(let tenant, let id): 
            let draft = try await library.draft(id, of: tenant)
            return draft.json(
                try await library.nextTimes(of: id, in: tenant), try await library.polls(of: id, in: tenant),
                try await webhooks(of: draft.record, in: tenant))
        case .create(let tenant, let definition):
            return try await library.save(definition, for: .create, of: tenant, by: author).json
        case .save(let tenant, let id, let definition, let revision):
            return try await library.save(definition, for: .change(id, revision: revision), of: tenant, by: author).json
        case .delete(let tenant, let id, let isForced):
            return try await library.delete(id, of: tenant, isForced: isForced, by: author).json()
        case .publish(let tenant, let id, let revision, let note):
            return try await library.publish(id, of: tenant, revision: revision, note: note, by: author).json()
        case .versions(let tenant, let id, let cursor, let limit):
            let page = try await library.versions(of: id, in: tenant, before: cursor.map { Int($0) }, limit: limit)
            return [
                "versions": .array(page.versions.map { $0.json() }), "cursor": page.next.map { JSONValue($0) } ?? .null,
            ]
        case .version(let tenant, let id, let number):
            let (version, definition) = try await library.edition(number, of: id, in: tenant)
            return version.json(["definition": definition])
        case .diff(let tenant, let id, let from, let to):
            let (old, new) = (try Self.choice(from, "from"), try Self.choice(to, "to"))
            return try await library.difference(of: id, from: old, to: new, in: tenant).json
        case .rollback(let tenant, let id, let number, let note):
            return try await library.rollBack(id, of: tenant, to: number, note: note, by: author).json()
        case .activate(let tenant, let id): return try await library.setActive(id, of: tenant, true).json()
        case .deactivate(let tenant, let id): return try await library.setActive(id, of: tenant, false).json()
        case .lock(let tenant, let id, let seconds, let isStolen):
            return try await library.lock(id, of: tenant, for: .seconds(seconds), isStolen: isStolen, by: author).json()
        case .unlock(let tenant, let id, let isStolen):
            return try await library.unlock(id, of: tenant, isStolen: isStolen, by: author).json()
        case .export(let tenant, let id, let version, let format):
            guard let text = WorkflowText(rawValue: format) else {
                throw Problem(.invalidInput, "/format: unknown", hint: WorkflowText.allCases.map(\.rawValue).joined(separator: ", "))
            }
            let export = WorkflowExport(try await library.definition(try Self.choice(version, "version"), of: id, in: tenant))
            return [
                "text": .string(text.write(export.definition)), "stripped": .array(export.stripped.map { .string($0.description) }),
            ]
        case .import(let tenant, let text, let replaces):
            return try await importDefinition(text, replaces, tenant, author).json
        case .share(let tenant, let id, let version, let lifetime):
            let (link, token) = try await library.share(
                id, of: tenant, version: version, for: lifetime ?? WorkflowLink.ordinary, by: author)
            return link.json(["path": .string("/share/\(tenant)/\(token.text)")])
        case .links(let tenant, let id):
            return ["links": .array(try await library.links(of: id, in: tenant).map { $0.json() })]
        case .unshare(let tenant, let id, let link): return try await library.unshare(link, of: id, in: tenant).json()
        case .validate(let tenant, let definition):
            let findings = try await library.validate(definition, of: tenant)
            return ["isValid": .bool(findings.isEmpty), "findings": .array(findings.list.map(\.json))]
        case .test(let tenant, let wish): return try await test(wish, of: tenant)
        case .schema: return WorkflowSchema.json
        }
    }

    /// What was taken out of an export is not put in again: the draft names those places as they are.
    private func importDefinition(
        _ text: String, _ replaces: Bool, _ tenant: TenantID, _ author: String
    ) async throws(Problem) -> WorkflowDraft {
        let value = try WorkflowText.read(text, named: "the import")
        let definition = value.object.map { JSONValue.object($0.filter { $0.key != "status" }) } ?? value
        return try await daemon.workflows.save(
            definition, for: replaces ? .change(nil, revision: nil) : .create, of: tenant, by: author)
    }

    private static func status(_ name: String) throws(Problem) -> Workflow.Status {
        guard let status = Workflow.Status(rawValue: name) else {
            throw Problem(
                .invalidInput, "/status: unknown: \(name.prefix(40).debugDescription)",
                hint: Workflow.Status.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return status
    }

    static func choice(_ text: String, _ name: String) throws(Problem) -> WorkflowLibrary.Choice {
        switch text {
        case "draft": return .draft
        case "published": return .published
        default:
            guard let number = Int(text), number > 0 else {
                throw Problem(.invalidInput, "/\(name): expected draft, published or the number of a version")
            }
            return .version(number)
        }
    }
}

extension WorkflowRecord {
    fileprivate func json(_ more: [String: JSONValue] = [:]) -> JSONValue {
        let members: [String: JSONValue] = [
            "id": .string(id.rawValue), "name": .string(name), "description": .string(description),
            "status": .string(status.rawValue), "revision": .integer(revision), "faults": JSONValue(faults),
            "version": version.map { JSONValue($0) } ?? .null, "ahead": .bool(isAhead),
            "created": .string(Timestamp(milliseconds: created).description), "createdBy": .string(createdBy),
            "changed": .string(Timestamp(milliseconds: changed).description), "changedBy": .string(changedBy),
            "lock": lock.map {
                ["holder": .string($0.holder), "expires": .string(Timestamp(milliseconds: $0.expires).description)]
            } ?? .null,
        ]
        return .object(members.merging(more) { $1 })
    }
}

extension WorkflowDraft {
    var json: JSONValue { record.json(["definition": definition, "findings": .array(findings)]) }

    fileprivate func json(
        _ schedules: [WorkflowLibrary.NextTimes], _ polls: [WorkflowLibrary.PollState], _ webhooks: [JSONValue]
    ) -> JSONValue {
        record.json([
            "definition": definition, "findings": .array(findings), "schedules": .array(schedules.map(\.json)),
            "polls": .array(polls.map(\.json)), "webhooks": .array(webhooks),
        ])
    }
}

extension WorkflowLibrary.NextTimes {
    fileprivate var json: JSONValue {
        [
            "node": .string(node.rawValue), "expression": .string(schedule.expression.text), "timezone": .string(schedule.zone),
            "next": .array(times.map { .string(Timestamp(milliseconds: $0).description) }),
        ]
    }
}

extension WorkflowLibrary.PollState {
    fileprivate var json: JSONValue {
        let (every, cron, zone): (String?, String?, String?) =
            switch pace {
            case .every(let span): (span.text, nil, nil)
            case .times(let expression, let zone): (nil, expression.text, zone)
            }
        return [
            "node": .string(node.rawValue), "every": JSONValue(every), "cron": JSONValue(cron), "timezone": JSONValue(zone),
            "next": .string(Timestamp(milliseconds: next).description),
            "polled": JSONValue(polled.map { Timestamp(milliseconds: $0).description }), "failures": JSONValue(failures),
            "error": JSONValue(error),
        ]
    }
}

extension WorkflowVersion {
    fileprivate func json(_ more: [String: JSONValue] = [:]) -> JSONValue {
        let members: [String: JSONValue] = [
            "workflow": .string(workflow.rawValue), "version": JSONValue(number), "digest": .string(digest),
            "author": .string(author), "note": JSONValue(note),
            "published": .string(Timestamp(milliseconds: published).description),
        ]
        return .object(members.merging(more) { $1 })
    }
}

extension WorkflowLink {
    fileprivate func json(_ more: [String: JSONValue] = [:]) -> JSONValue {
        let members: [String: JSONValue] = [
            "id": .string(id.rawValue), "workflow": .string(workflow.rawValue), "version": JSONValue(version),
            "created": .string(Timestamp(milliseconds: created).description), "createdBy": .string(createdBy),
            "expires": .string(Timestamp(milliseconds: expires).description), "uses": .integer(uses),
            "lastUse": JSONValue(lastUse.map { Timestamp(milliseconds: $0).description }),
        ]
        return .object(members.merging(more) { $1 })
    }
}
