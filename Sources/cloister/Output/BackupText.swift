import Control
import Model

/// Backups for people.
enum BackupText {
    static func table(_ backups: [BackupReport], of id: TenantID, width: Int?) -> String {
        guard !backups.isEmpty else { return "no backups yet; make one with: cloister tenant backup \(id)\n" }
        var table = Table([
            .flexible("BACKUP"), .left("MARK"), .right("DATABASE"), .right("BLOBS"), .right("BLOB SIZE"), .left("STATE"),
        ])
        for backup in backups {
            let content = backup.content
            table.append([
                backup.id.rawValue, content?.mark ?? "-", content.map { HumanText.size($0.databaseBytes) } ?? "-",
                content.map { String($0.blobs) } ?? "-", content.map { HumanText.size($0.blobBytes) } ?? "-",
                content == nil ? "DAMAGED" : "good",
            ])
        }
        return table.text(width: width)
    }

    static func details(_ backup: BackupReport, width: Int?) -> String {
        var details = Details()
        details.add("backup", backup.id.rawValue)
        if let content = backup.content {
            details.add("mark", content.mark)
            details.add("database", HumanText.size(content.databaseBytes))
            details.add("blobs", "\(content.blobs), \(HumanText.size(content.blobBytes))")
            if let written = content.writtenBytes { details.add("written", HumanText.size(written)) }
        }
        return details.text(width: width)
    }

    static func restored(_ report: RestoreReport, width: Int?) -> String {
        var details = Details()
        details.add("tenant", report.tenant.rawValue)
        details.add("backup", report.backup.rawValue)
        if let undo = report.undo { details.add("undo with", "cloister tenant restore \(report.tenant) \(undo) --yes") }
        guard !report.differences.isEmpty else { return details.text(width: width) }
        var table = Table([.flexible("TABLE"), .right("ROWS BEFORE"), .right("ROWS NOW")])
        for difference in report.differences {
            table.append([difference.table, String(difference.before), String(difference.after)])
        }
        return details.text(width: width) + "\n" + table.text(width: width)
    }
}
