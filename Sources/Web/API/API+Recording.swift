import HTTPTypes
import Model
import Tenancy

extension API {
    /// Has the route answer. What the control socket knows is written down where its requests pass; the rest is here.
    func handle(_ exchange: Exchange, by route: Route) async throws -> Answer {
        guard route.method != .get else { return try await answer(exchange, by: route) }
        switch route.access {
        // Pages tell what they do under the names that the API has for it: see `Exchange.recorded`.
        case .key, .page: return try await answer(exchange, by: route)
        case .person:
            return try await exchange.recorded(route.operation) { try await answer(exchange, by: route) }
        case .everybody: return try await letIn(exchange, by: route)
        }
    }

    private func answer(_ exchange: Exchange, by route: Route) async throws -> Answer {
        guard let editing = route.editing else { return try await route.handler(exchange) }
        return try await editing.handle(exchange, by: route)
    }

    /// Nobody is known yet: an attempt that fails is counted as denied, so that a flood of them stays small in the log. One
    /// that succeeds the route tells itself, with who it is.
    private func letIn(_ exchange: Exchange, by route: Route) async throws -> Answer {
        do { return try await route.handler(exchange) } catch {
            let code = (error as? any CodedFailure)?.code ?? (error as? Problem)?.code.rawValue ?? Problem.Code.internalFault.rawValue
            await port.denied(
                Denial(
                    request: exchange.id, principal: nil, operation: route.operation, tenant: exchange.audience, code: code))
            throw error
        }
    }
}

extension Exchange {
    /// Makes a change of the requester's own affairs, written down before and after.
    func recorded<Value: Sendable>(_ operation: String, _ change: @Sendable () async throws -> Value) async throws -> Value {
        let deed = Deed(
            request: id, principal: requester.principal, operation: operation,
            isBrake: ["logout", "me/sessions/revoke"].contains(operation))
        return try await port.recorded(deed, change)
    }

    /// Asks the daemon for what no operation of the control socket gives; a refusal is written down as theirs are.
    func told<Value: Sendable>(
        _ operation: String, of tenant: TenantID, _ ask: () async throws(Problem) -> Value
    ) async throws(Problem) -> Value {
        do throws(Problem) { return try await ask() } catch {
            if error.code == .permissionDenied {
                await port.denied(
                    Denial(request: id, principal: requester.principal, operation: operation, tenant: tenant, code: error.code.rawValue))
            }
            throw error
        }
    }

    /// The tenant that somebody who is not known wants to enter.
    var audience: TenantID? {
        if case .tenant(let host) = residence { return host }
        return (parameters["tenant"] ?? members["tenant"])?.string.flatMap(TenantID.init(rawValue:))
    }

    /// Writes down who came in, before they are told.
    func tell(_ principal: Principal, _ operation: String) async throws {
        try await port.recorded(Deed(request: id, principal: principal, operation: operation, isBrake: false)) {}
    }
}
