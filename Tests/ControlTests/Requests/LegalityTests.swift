import Model
import Testing

@testable import Control

struct LegalityTests {
    /// Columns: starting, ready, reloading, draining.
    private static let table: [(ControlMethod, [Bool])] = [
        (.status, [true, true, true, true]),
        (.tenantCreate, [false, true, false, false]),
        (.tenantList, [false, true, true, true]),
        (.tenantShow, [false, true, true, true]),
        (.tenantQuota, [false, true, false, false]),
        (.tenantDelete, [false, true, false, false]),
        (.pluginRun, [false, true, false, false]),
        (.pluginList, [false, true, true, true]),
        (.pluginShow, [false, true, true, true]),
        (.pluginCall, [false, true, true, false]),
        (.pluginLogs, [false, true, true, true]),
        (.pluginRestart, [false, true, false, false]),
        (.pluginStop, [false, true, true, true]),
        (.pluginPermissions, [false, true, true, false]),
        (.pluginInstall, [false, true, false, false]),
        (.pluginUpdate, [false, true, false, false]),
        (.pluginRollback, [false, true, false, false]),
        (.pluginPin, [false, true, false, false]),
        (.pluginConsent, [false, true, false, false]),
        (.pluginConfigure, [false, true, false, false]),
        (.pluginEnable, [false, true, false, false]),
        (.pluginDisable, [false, true, false, false]),
        (.pluginUninstall, [false, true, false, false]),
        (.documentBegin, [false, true, true, false]),
        (.documentAppend, [false, true, true, false]),
        (.documentFinish, [false, true, true, false]),
        (.documentKeep, [false, true, true, false]),
        (.documentList, [false, true, true, true]),
        (.documentShow, [false, true, true, true]),
        (.documentRead, [false, true, true, true]),
        (.documentDelete, [false, true, true, false]),
        (.documentProcess, [false, true, true, false]),
        (.secretSet, [false, true, true, false]),
        (.secretList, [false, true, true, true]),
        (.secretDelete, [false, true, true, false]),
        (.hookList, [false, true, true, true]),
        (.hookApply, [false, true, true, false]),
        (.hookRestore, [false, true, true, false]),
        (.eventEmit, [false, true, true, false]),
        (.uploadCreate, [false, true, true, false]),
        (.uploadList, [false, true, true, true]),
        (.uploadShow, [false, true, true, true]),
        (.uploadAppend, [false, true, true, false]),
        (.uploadFinish, [false, true, true, false]),
        (.uploadCancel, [false, true, true, true]),
        (.pluginAvailable, [false, true, true, true]),
        (.keyCreate, [false, true, true, false]),
        (.keyList, [false, true, true, true]),
        (.keyRevoke, [false, true, true, true]),
        (.tenantBackup, [false, true, true, false]),
        (.tenantBackups, [false, true, true, true]),
        (.tenantRestore, [false, true, false, false]),
        (.tenantExport, [false, true, true, false]),
        (.tenantImportBegin, [false, true, true, false]),
        (.tenantImportAppend, [false, true, true, false]),
        (.tenantImport, [false, true, false, false]),
        (.whitelabelConfigShow, [false, true, true, true]),
        (.whitelabelConfigSet, [false, true, true, false]),
        (.whitelabelFeaturesShow, [false, true, true, true]),
        (.whitelabelFeaturesSet, [false, true, true, false]),
        (.whitelabelDomainAdd, [false, true, true, false]),
        (.whitelabelDomainList, [false, true, true, true]),
        (.whitelabelDomainShow, [false, true, true, true]),
        (.whitelabelDomainCheck, [false, true, true, false]),
        (.whitelabelDomainDelete, [false, true, true, false]),
        (.whitelabelLogoShow, [false, true, true, true]),
        (.whitelabelLogoSet, [false, true, true, false]),
        (.whitelabelLogoDelete, [false, true, true, false]),
        (.auditList, [false, true, true, true]),
        (.auditVerify, [false, true, true, true]),
        (.auditExport, [false, true, true, true]),
        (.personInvite, [false, true, true, false]),
        (.personList, [false, true, true, true]),
        (.personRole, [false, true, true, false]),
        (.personRemove, [false, true, true, true]),
        (.invitationList, [false, true, true, true]),
        (.invitationRevoke, [false, true, true, true]),
        (.sessionList, [false, true, true, true]),
        (.sessionRevoke, [false, true, true, true]),
        (.planList, [false, true, true, true]),
        (.planShow, [false, true, true, true]),
        (.planSet, [false, true, true, false]),
        (.planDelete, [false, true, true, false]),
        (.tenantPlanShow, [false, true, true, true]),
        (.tenantPlanSet, [false, true, true, false]),
        (.tenantUsage, [false, true, true, true]),
        (.tenantInvoices, [false, true, true, true]),
        (.notificationList, [false, true, true, true]),
        (.notificationRead, [false, true, true, false]),
        (.notificationPreferencesShow, [false, true, true, true]),
        (.notificationPreferencesSet, [false, true, true, false]),
        (.webhookCreate, [false, true, true, false]),
        (.webhookList, [false, true, true, true]),
        (.webhookShow, [false, true, true, true]),
        (.webhookSet, [false, true, true, false]),
        (.webhookDelete, [false, true, true, false]),
        (.webhookRotate, [false, true, true, false]),
        (.webhookTest, [false, true, true, false]),
        (.webhookDeliveries, [false, true, true, true]),
        (.webhookReplay, [false, true, true, false]),
    ]

    @Test(arguments: table)
    func `each request is legal in its states and refused in the others`(method: ControlMethod, legal: [Bool]) {
        for (state, isLegal) in zip(DaemonState.allCases, legal) {
            #expect(method.legalIn.contains(state) == isLegal)
            guard !isLegal else {
                #expect(throws: Never.self) { try method.check(in: state) }
                continue
            }
            let problem = #expect(throws: Problem.self) { try method.check(in: state) }
            #expect(problem?.code == (state == .draining ? .shuttingDown : .retryLater))
            #expect(problem?.message.contains(method.rawValue) == true)
            #expect(problem?.hint != nil)
        }
    }

    @Test func `the table knows every method and every state`() {
        #expect(Set(Self.table.map(\.0)) == Set(ControlMethod.allCases))
        #expect(Self.table.allSatisfy { $0.1.count == DaemonState.allCases.count })
    }
}
