import Control
import Model

/// Permissions for people.
enum PermissionText {
    static func details(_ report: PermissionReport, width: Int?) -> String {
        guard !report.rows.isEmpty else { return "\(report.plugin) of \(report.tenant) asks for nothing\n" }
        var text = ""
        if let person = report.consentedBy, let time = report.consented {
            let version = report.version.map { " to version \($0)" + (report.digest.map { ", \($0)" } ?? "") } ?? ""
            text = PlainText.escaping("granted by \(person) at \(time)\(version)") + "\n\n"
        }
        var table = Table([
            .left("RESOURCE"), .left("ACTION"), .flexible("REQUESTED"), .flexible("GRANTED"), .right("USED"),
            .right("REFUSED"), .left("LAST"), .flexible("PURPOSE"),
        ])
        for row in report.rows {
            table.append([
                row.resource, row.action, words(row.requested), words(row.granted), String(row.used),
                String(row.refused), row.last ?? "-", row.purpose,
            ])
        }
        return text + table.text(width: width)
    }

    private static func words(_ conditions: String?) -> String {
        guard let conditions else { return "no" }
        return conditions.isEmpty ? "yes" : conditions
    }
}
