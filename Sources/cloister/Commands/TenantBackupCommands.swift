import ArgumentParser
import Control
import Model

struct TenantBackupCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Make a backup of a tenant while it is in use, and verify it.",
        discussion: "The newest 30 are kept. What they hold is sealed; a blob that one of them has is not written again.")

    @Argument(help: "The tenant.", transform: TenantID.init(_:))
    var id: TenantID

    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        try await session.show(.backup(.make(id))) { BackupText.details(try BackupReport($0), width: width) }
    }
}

struct TenantBackupsCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "backups", abstract: "List the moments to which a tenant can be restored, the newest first.")

    @Argument(help: "The tenant.", transform: TenantID.init(_:))
    var id: TenantID

    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        try await session.show(.backup(.list(id))) { BackupText.table(try BackupReport.list($0), of: id, width: width) }
    }
}

struct TenantRestoreCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Restore a backup, beside its tenant or in its place.",
        discussion: """
            With --into, a new tenant gets what the backup has, and its plugins rest until they are enabled. With --yes, the \
            tenant itself gets it, after a backup was made of what it has now; its plugins are ended meanwhile.
            """)

    @Argument(help: "The tenant.", transform: TenantID.init(_:))
    var id: TenantID

    @Argument(help: "The backup, as `tenant backups` lists it.", transform: BackupID.init(_:))
    var backup: BackupID

    @Option(help: ArgumentHelp("A new tenant to restore into.", valueName: "id"), transform: TenantID.init(_:))
    var into: TenantID?

    @Flag(help: "Put it in the place of what the tenant has now.")
    var yes = false

    @OptionGroup var client: ClientOptions

    func validate() throws {
        guard yes != (into != nil) else {
            throw ValidationError("say where to: --into NEW-TENANT beside \(id), or --yes in the place of what \(id) has now")
        }
    }

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        try await session.show(.backup(.restore(id, backup, into: into))) {
            BackupText.restored(try RestoreReport($0), width: width)
        }
    }
}
