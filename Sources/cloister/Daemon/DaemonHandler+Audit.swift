import Control
import GRDB
import Model
import Plugins
import Tenancy
import Web

extension DaemonHandler {
    /// Performs a request, wherever it came from: the one place where all of them pass, so that no change is made which
    /// the audit log does not know of, and nothing is denied that it does not tell. Edits of the same thing come one after the
    /// other; where one has a `precondition`, nothing is changed unless that holds, and nothing changes it in between.
    func perform(
        _ request: ControlRequest, for caller: Caller, stream: ControlStream, where precondition: Precondition? = nil
    ) async throws -> ControlReply {
        guard request.isChange else {
            do { return try await answer(request, for: caller, stream: stream) } catch let problem as Problem {
                if problem.code == .permissionDenied { await deny(request, caller) }
                throw problem
            }
        }
        return try await daemon.turns.take(request.turns) {
            try await precondition?.hold()
            let request = await named(request, for: caller)
            let (attempt, place) = await attempt(request, caller)
            if case .tenant(let tenant) = place, let prepare = transaction(request, of: tenant) {
                try await daemon.audit.record(
                    attempt, in: place,
                    preparing: {
                        try daemon.checkFeature(of: request.method, for: tenant)
                        return try prepare()
                    })
                return .value([:])
            }
            return try await daemon.audit.record(attempt, in: place, brakes: request.isBrake) {
                try await answer(request, for: caller, stream: stream)
            }
        }
    }

    /// What makes the change of a request that is nothing but one transaction of a tenant's database; nil for any other.
    private func transaction(
        _ request: ControlRequest, of tenant: TenantID
    ) -> (() throws(Problem) -> @Sendable (Database) throws -> Void)? {
        switch request {
        case .secretSet(tenant, let name, let value):
            { () throws(Problem) in try daemon.host.secrets.setting(name, to: value.text, hosts: try Self.hosts(of: value), of: tenant) }
        case .secretDelete(tenant, let name): { () throws(Problem) in Secrets.deleting(name) }
        default: nil
        }
    }

    /// Writes down a request that the HTTP server did not let pass.
    func note(_ denial: Denial) async {
        var tenant = denial.tenant ?? denial.principal?.tenant
        // Who is not known may name any tenant: names of none must not each be a kind of their own.
        if denial.principal == nil { tenant = await daemon.audit.place(for: tenant).tenant }
        let attempt = AuditAttempt(
            request: denial.request, principal: denial.principal?.description ?? "nobody", door: .http,
            method: denial.operation, tenant: tenant, subject: "")
        await daemon.audit.deny(attempt, outcome: denial.code, boundTo: denial.principal?.tenant)
    }

    private func deny(_ request: ControlRequest, _ caller: Caller) async {
        let (attempt, _) = await attempt(request, caller)
        await daemon.audit.deny(attempt, outcome: Problem.Code.permissionDenied.rawValue, boundTo: caller.principal.tenant)
    }

    private func attempt(_ request: ControlRequest, _ caller: Caller) async -> (AuditAttempt, AuditPlace) {
        // Whoever is bound to a tenant acts there, whatever it names.
        var tenant = caller.principal.tenant
        if tenant == nil { tenant = await self.tenant(of: request) }
        let attempt = AuditAttempt(
            request: caller.request, principal: caller.description, door: caller.door, method: request.method.rawValue,
            tenant: tenant, subject: request.objectName)
        return (attempt, request.concernsPlatform ? .platform : await daemon.audit.place(for: tenant))
    }

    /// The tenant that a request is about, also where it names only something of the tenant's.
    func tenant(of request: ControlRequest) async -> TenantID? {
        switch request {
        case .keyShow(let key), .keyRevoke(let key): daemon.keys.list(tenant: nil).first { $0.id == key }?.tenant
        case .documentKeep(let handle): await daemon.host.documents.tenant(of: handle.rawValue)
        default: request.subject.tenant
        }
    }
}

extension Audit {
    /// Writes down what a plugin asked of the host without a grant.
    func deny(_ refusal: GrantRefusal) async {
        let attempt = AuditAttempt(
            request: "", principal: "plugin \(refusal.plugin)", door: .plugin,
            method: "\(refusal.resource.rawValue) \(refusal.action)", tenant: refusal.tenant, subject: refusal.subject)
        await deny(
            attempt, outcome: Problem.Code.permissionDenied.rawValue, times: Int64(refusal.untoldBefore) + 1,
            in: await place(for: refusal.tenant))
    }

    /// In the log of the tenant to which the caller is bound, and where it reached for another one, in the platform's, too.
    /// That one's own log says nothing: who asked is not for it to know.
    fileprivate func deny(_ attempt: AuditAttempt, outcome: String, boundTo tenant: TenantID?) async {
        guard let tenant else {
            return await deny(attempt, outcome: outcome, in: await place(for: attempt.tenant))
        }
        await deny(attempt, outcome: outcome, in: await place(for: tenant))
        if attempt.tenant != tenant { await deny(attempt, outcome: outcome, in: .platform) }
    }
}
