import Control
import Model
import Plugins
import Store

extension DaemonHandler {
    func permissions(
        of reference: PluginReference, changing request: GrantRequest, _ caller: Caller
    ) async throws(Problem) -> PermissionReport {
        var changes: [GrantChange] = request.shrink ? [.shrink] : []
        for text in request.revoke {
            let (resource, actions) = try GrantChange.parts(text)
            changes.append(.revoke(resource, actions: actions))
        }
        for text in request.grant {
            let (resource, actions) = try GrantChange.parts(text)
            changes.append(.grant(resource, actions: actions))
        }
        let account = try await daemon.host.permissions(
            of: reference.plugin, for: reference.tenant, changing: changes, by: caller.description)
        return PermissionReport(account, tenant: reference.tenant)
    }
}

extension PermissionReport {
    init(_ account: GrantAccount, tenant: TenantID) {
        let rows = account.lines.map { line in
            Row(
                resource: line.resource.rawValue, action: line.action, requested: Self.text(line.requested),
                granted: Self.text(line.granted), used: line.allowed, refused: line.refused,
                last: line.last.map { Timestamp(milliseconds: $0).description }, purpose: line.purpose)
        }
        self.init(
            plugin: account.plugin, tenant: tenant, consentedBy: account.grant?.consentedBy,
            consented: account.grant.map { Timestamp(milliseconds: $0.consented).description }, rows: rows,
            granted: .array((account.grant?.permissions ?? []).map(\.json)))
        version = account.grant?.version
        digest = account.grant?.digest?.description
        profile = account.grant?.profile
    }

    /// Several permissions for one action, in words; nil where there is none.
    private static func text(_ permissions: [Permission]) -> String? {
        guard !permissions.isEmpty else { return nil }
        let texts = permissions.map(\.conditions.description)
        return texts.contains("") ? "" : texts.joined(separator: " or ")
    }
}
