import HTTPTypes
import HummingbirdCore
import Model
import NIOCore
import Tenancy

extension Routes {
    private static let readAudit = Access(.auditRead, of: .tenant)

    private static let range: [Parameter] = [
        .query("from", .string(length: 10...40), "From this moment on: RFC 3339, or a date"),
        .query("to", .string(length: 10...40), "Before this moment"),
    ]

    static let audit: [Route] = [
        Route(
            .get, "/api/audit", "audit/list",
            "What was changed and denied, the newest first; the platform's log, without a tenant.", .key(readAudit),
            parameters: range + Page.parameters, reply: .json(Page.schema("entries", of: .auditEntry)), errors: [.notFound]
        ) { exchange in
            let page = try Page(exchange)
            var members = log(exchange)
            members["limit"] = JSONValue(page.limit)
            members["cursor"] = try page.number.map { .integer($0) }
            let list = try await exchange.value("audit/list", members)
            return page.answer(
                "entries", list["entries"]?.array ?? [], exchange, next: list["cursor"]?.integer.map { String($0) })
        },
        Route(
            .get, "/api/audit/verify", "audit/verify", "Whether a log is whole, or what is wrong with it first.",
            .key(readAudit), reply: .json(.auditVerdict), errors: [.notFound]
        ) { exchange in .json(try await exchange.perform("audit/verify", log(exchange))) },
        Route(
            .get, "/api/audit/export", "audit/export", "A log as JSON lines, the oldest entry first.", .key(readAudit),
            parameters: range, reply: Route.Reply(status: .ok, content: .text(lines)), errors: [.notFound]
        ) { exchange in try await export(exchange) },
    ]

    private static let lines = "application/jsonl"
    private static let part = 500

    /// Whose log, and of when.
    private static func log(_ exchange: Exchange) -> [String: JSONValue] {
        var members: [String: JSONValue] = [:]
        for name in ["tenant", "from", "to"] { members[name] = exchange.parameters[name] }
        return members
    }

    private static func export(_ exchange: Exchange) async throws -> Answer {
        let members = log(exchange)
        // So that what is wrong with the request is said before the answer begins.
        let first = try await entries(exchange, members, after: 0)
        var answer = Answer()
        answer.content = .stream(type: lines, length: nil) { writer in
            var entries = first
            while true {
                try await writer.write(ByteBuffer(string: entries.map { $0.compactText + "\n" }.joined()))
                guard entries.count == part, let last = entries.last?["sequence"]?.integer else { break }
                entries = try await Self.entries(exchange, members, after: last)
            }
            try await writer.finish(nil)
        }
        return answer
    }

    /// One part after the other, so that a client which reads slowly holds nothing.
    private static func entries(
        _ exchange: Exchange, _ members: [String: JSONValue], after sequence: Int64
    ) async throws -> [JSONValue] {
        let box = LineBox()
        let part = members.merging(["cursor": .integer(sequence), "limit": JSONValue(part)]) { $1 }
        _ = try await exchange.perform("audit/export", part) { box.append($0) }
        return box.all
    }
}
