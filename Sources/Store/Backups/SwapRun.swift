import Model

/// Exchanges the database of a tenant that nobody uses now for a staged one. Blocks.
struct SwapRun: Sendable {
    let staged: StagedTenant
    let tenant: TenantFolder
    let backups: BackupFolder
    let options: Store.Options

    /// A backup of what was there, and how many rows its tables had.
    func perform(named name: String) throws(Problem) -> (undo: Backup, before: [String: Int]) {
        let file = try DatabaseFile(tenant.databasePath, named: "the database of \(name)", steps: options.tenantSteps)
        let outcome: Result<(Backup, [String: Int]), Problem>
        do throws(Problem) {
            var run = BackupRun(tenant, backups, step: options.step) { () throws(Problem) in }
            let undo = try run.make(of: file)
            outcome = .success((undo, try file.readBlocking { try TableDifference.counts($0) }))
        } catch {
            outcome = .failure(error)
        }
        try file.close()
        let (undo, before) = try outcome.get()
        try staged.moveBlobs(to: tenant)
        options.step("swap.blobs")
        try staged.replaceDatabase(of: tenant)
        options.step("swap.database")
        return (undo, before)
    }
}
