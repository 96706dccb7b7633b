import ArgumentParser
import Control
import Model

struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Read and check the logs of what was changed and denied.",
        subcommands: [AuditListCommand.self, AuditVerifyCommand.self, AuditExportCommand.self])
}

/// Whose log, and of when.
struct AuditOptions: ParsableArguments, Sendable {
    @Option(help: ArgumentHelp("The log of this tenant; without, the platform's.", valueName: "id"), transform: TenantID.init(_:))
    var tenant: TenantID?

    @Option(help: ArgumentHelp("From this moment on: 2026-11-23, or 2026-11-23T22:24:00Z.", valueName: "moment"))
    var from: String?

    @Option(help: ArgumentHelp("Before this moment.", valueName: "moment"))
    var to: String?

    var query: AuditQuery { AuditQuery(tenant: tenant, from: from, to: to) }
}

struct AuditListCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List entries, the newest first.")

    @OptionGroup var log: AuditOptions

    @Option(help: ArgumentHelp("How many at most, 1 to 1000.", valueName: "n"))
    var limit = 50

    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        var query = log.query
        query.limit = limit
        try await session.show(.auditList(query)) { AuditText.table($0, width: width) }
    }
}

struct AuditVerifyCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check that a log is whole; name the first broken entry, if any.",
        discussion: "Ends with status 73 where the log is broken.")

    @Option(help: ArgumentHelp("The log of this tenant; without, the platform's.", valueName: "id"), transform: TenantID.init(_:))
    var tenant: TenantID?

    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let reply = try await session.send(.auditVerify(tenant))
        let width = session.output.width
        try session.output.show(reply) { AuditText.verdict($0, width: width) }
        let finding = try session.output.value(reply)["finding"]
        guard let detail = finding?["detail"]?.string else { return }
        throw Problem(
            .conflict, "the log is broken at entry \(finding?["entry"]?.integer ?? 0): \(detail)",
            hint: "keep the data folder as it is, and compare with a backup or an export")
    }
}

struct AuditExportCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Print entries as JSON lines, the oldest first.")

    @OptionGroup var log: AuditOptions
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let output = session.output
        _ = try await session.connection.send(.auditExport(log.query)) { output.write($0.compactText + "\n") }
    }
}
