import ArgumentParser

struct TenantCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tenant", abstract: "Create and look after tenants and their quotas.",
        subcommands: [
            TenantCreateCommand.self, TenantListCommand.self, TenantShowCommand.self, TenantQuotaCommand.self,
            TenantDeleteCommand.self, TenantBackupCommand.self, TenantBackupsCommand.self, TenantRestoreCommand.self,
            TenantExportCommand.self, TenantImportCommand.self, TenantPlanCommand.self, TenantUsageCommand.self,
            TenantInvoiceCommand.self,
        ])
}
