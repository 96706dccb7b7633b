import HTTPTypes
import HummingbirdCore
import Model
import NIOCore

/// Something that may be edited, as the routes that show it and those that edit it declare it: what answers name its version
/// by, and what `If-Match` is held against.
///
/// Where a request has `If-Match`, nothing is changed unless it names the version there is (RFC 9110 section 13.1.1). The daemon
/// compares when the turn of the change has come, where no other change of the same thing can come between, whatever door it
/// came through: of several that saw the same version one is made, and none after a change that it has not seen.
struct Editing: Sendable {
    /// Its tag as it is now; nil where it is not there.
    private let current: @Sendable (Exchange) async throws -> String?
    /// Its tag in an answer of a route that shows it or has edited it.
    private let told: @Sendable (JSONValue) -> String
    /// Whether what answers an edit is something else than what is shown.
    private var isAnsweredElsewise = false

    init(current: @escaping @Sendable (Exchange) async throws -> String?, told: @escaping @Sendable (JSONValue) -> String) {
        (self.current, self.told) = (current, told)
    }

    /// What the operation shows of it, with those parameters of the request by which it is named. `version` is what may be
    /// edited about that: what changes by itself is to be left out, or tags would not last.
    static func shown(
        by operation: String, _ names: [String] = [], isOfTenant: Bool = true,
        version: @escaping @Sendable (JSONValue) -> JSONValue = { $0 }
    ) -> Editing {
        shown(by: operation, version: version) { exchange in
            var members = exchange.parameters.filter { names.contains($0.key) }
            if isOfTenant { members["tenant"] = .string(try exchange.tenant().rawValue) }
            return members
        }
    }

    static func shown(
        by operation: String, version: @escaping @Sendable (JSONValue) -> JSONValue = { $0 },
        members: @escaping @Sendable (Exchange) throws -> [String: JSONValue]
    ) -> Editing {
        let told: @Sendable (JSONValue) -> String = { EntityTag.of(version($0)) }
        return Editing(current: { told(try await $0.value(operation, try members($0))) }, told: told)
    }

    /// The same, of routes whose edits are answered by something else than what is shown: they tell no tag.
    func answeredElsewise() -> Editing {
        var editing = self
        editing.isAnsweredElsewise = true
        return editing
    }

    /// Has a route that declares it answer.
    func handle(_ exchange: Exchange, by route: Route) async throws -> Answer {
        guard route.method != .get, let header = exchange.request.headers[.ifMatch] else {
            return try tagged(try await route.handler(exchange), by: route)
        }
        let precondition = Precondition {
            let tag: String?
            do { tag = try await current(exchange) } catch let problem as Problem {
                // What is not there has no version to be named; to make it, a request must not name one.
                guard problem.code == .notFound, route.method == .put else { throw problem }
                tag = nil
            }
            guard let tag, EntityTag.admits(header, tag) else { throw Self.stale }
        }
        var conditional = exchange
        conditional.precondition = precondition
        let answer = try await route.handler(conditional)
        // A request that changes nothing is no change to the daemon, and is compared all the same.
        if !precondition.wasHeld { try await precondition.hold() }
        return try tagged(answer, by: route)
    }

    private func tagged(_ answer: Answer, by route: Route) throws -> Answer {
        guard route.method == .get || !isAnsweredElsewise, answer.status == .ok, case .json(let bytes) = answer.content else { return answer }
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

    func without(_ names: String...) -> JSONValue { .object((object ?? [:]).filter { !names.contains($0.key) }) }
}
