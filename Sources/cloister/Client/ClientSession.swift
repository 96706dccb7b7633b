import Control
import Model
import NIOCore

/// A connection to the daemon and the place for what it answers.
struct ClientSession: Sendable {
    let connection: ControlClient
    let output: Output

    /// Without a deadline, what the daemon answers by itself has a minute; what waits for a plugin has all the time.
    func send(_ request: ControlRequest, deadline: Duration? = nil) async throws -> ByteBuffer {
        try await connection.send(request, deadline: deadline ?? request.method.patience)
    }

    /// Sends and prints the reply.
    func show(_ request: ControlRequest, human: (JSONValue) throws -> String) async throws {
        try output.show(try await send(request), human: human)
    }
}

extension ControlMethod {
    fileprivate var patience: Duration? {
        switch self {
        case .pluginInstall, .pluginUpdate, .pluginRollback, .pluginConsent, .pluginConfigure, .pluginEnable,
            .pluginDisable, .pluginUninstall: nil
        case .pluginRun, .pluginCall, .pluginLogs, .pluginRestart, .pluginStop, .tenantDelete, .documentKeep,
            .documentDelete, .documentProcess, .uploadFinish, .hookApply, .eventEmit, .tenantBackup, .tenantRestore, .tenantExport, .tenantImport,
            .auditVerify, .auditExport:
            nil
        default: .seconds(60)
        }
    }
}
