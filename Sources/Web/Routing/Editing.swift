import HTTPTypes
import HummingbirdCore
import Model
import NIOCore

/// Something that may be edited, as the routes that show it and those that edit it declare it: what answers name its version
/// by, and what `If-Match` is held against.
///
/// Where a request has `If-Match`, nothing is changed unless it names the version there is (RFC 9110 section 13.1.1). Edits of
/// the same thing come one after the other, so that of two which saw the same version one is refused. That holds among requests
/// over HTTP; whoever changes it at the control socket of this machine may come between.
struct Editing: Sendable {
    /// Its name among all that may be edited.
    private let subject: @Sendable (Exchange) throws -> String
    /// Its tag as it is now; nil where it is not there.
    private let current: @Sendable (Exchange) async throws -> String?
    /// Its tag in an answer of a route that shows it or has edited it.
    private let told: @Sendable (JSONValue) -> String

    init(
        _ subject: @escaping @Sendable (Exchange) throws -> String, current: @escaping @Sendable (Exchange) async throws -> String?,
        told: @escaping @Sendable (JSONValue) -> String
    ) { (self.subject, self.current, self.told) = (subject, current, told) }

    /// What the operation shows of it, with those parameters of the request by which it is named. `version` is what may be
    /// edited about that: what changes by itself is to be left out, or tags would not last. Things of which one is a part of
    /// another have one `turn`.
    static func shown(
        by operation: String, _ names: [String] = [], isOfTenant: Bool = true, turn: String? = nil,
        version: @escaping @Sendable (JSONValue) -> JSONValue = { $0 }
    ) -> Editing {
        shown(by: operation, turn: turn, version: version) { exchange in
            var members = exchange.parameters.filter { names.contains($0.key) }
            if isOfTenant { members["tenant"] = .string(try exchange.tenant().rawValue) }
            return members
        }
    }

    static func shown(
        by operation: String, turn: String? = nil, version: @escaping @Sendable (JSONValue) -> JSONValue = { $0 },
        members: @escaping @Sendable (Exchange) throws -> [String: JSONValue]
    ) -> Editing {
        let told: @Sendable (JSONValue) -> String = { EntityTag.of(version($0)) }
        return Editing(
            { Self.subject(turn ?? operation, try members($0)) },
            current: { told(try await $0.value(operation, try members($0))) }, told: told)
    }

    static func subject(_ turn: String, _ members: [String: JSONValue]) -> String { "\(turn) \(JSONValue.object(members).compactText)" }

    /// Has a route that declares it answer.
    func handle(_ exchange: Exchange, by route: Route) async throws -> Answer {
        guard route.method != .get else { return try tagged(try await route.handler(exchange)) }
        return try await exchange.turns.take(try subject(exchange)) {
            if let header = exchange.request.headers[.ifMatch] {
                let tag: String?
                do { tag = try await current(exchange) } catch let problem as Problem {
                    // What is not there has no version to be named; to make it, a request must not name one.
                    guard problem.code == .notFound, route.method == .put else { throw problem }
                    tag = nil
                }
                guard let tag, EntityTag.admits(header, tag) else { throw Self.stale }
            }
            return try tagged(try await route.handler(exchange))
        }
    }

    private func tagged(_ answer: Answer) throws -> Answer {
        guard answer.status == .ok, case .json(let bytes) = answer.content else { return answer }
        var answer = answer
        answer.headers[.eTag] = told(try JSONValue.parse(Array(bytes.readableBytesView), as: "answer"))
        return answer
    }

    static var stale: Refusal {
        Refusal(
            .preconditionFailed, "preconditionFailed", "it was changed since you read it",
            hint: "read it again, and send its ETag in If-Match")
    }
}

extension JSONValue {
    /// An object with those members alone.
    func only(_ names: String...) -> JSONValue { .object((object ?? [:]).filter { names.contains($0.key) }) }
}
