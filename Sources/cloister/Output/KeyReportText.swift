import Control
import Model

/// Keys for people.
enum KeyReportText {
    static func table(_ keys: [KeyReport], width: Int?) -> String {
        guard !keys.isEmpty else { return "no keys yet; make one with: cloister key create NAME --scope SCOPE\n" }
        var table = Table([
            .flexible("KEY"), .flexible("NAME"), .flexible("TENANT"), .left("BEGINS"), .left("EXPIRES"), .left("LAST USED"),
            .flexible("SCOPES"),
        ])
        for key in keys {
            table.append([
                key.id.rawValue, key.name, key.tenant?.rawValue ?? "(operator)", key.start, key.expires ?? "never",
                key.lastUsed ?? "never", key.scopes.joined(separator: " "),
            ])
        }
        return table.text(width: width)
    }

    static func details(_ key: KeyReport, width: Int?) -> String {
        var details = Details()
        details.add("key", key.id.rawValue)
        details.add("name", key.name)
        details.add("tenant", key.tenant?.rawValue ?? "(operator)")
        details.add("scopes", key.scopes.joined(separator: " "))
        details.add("expires", key.expires ?? "never")
        guard let text = key.text else { return details.text(width: width) }
        // Not in the table: a window's width must not shorten it.
        return details.text(width: width) + "\n\(text)\n\nKeep it now: it is not shown again.\n"
    }
}
