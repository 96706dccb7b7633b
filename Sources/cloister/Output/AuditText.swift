import Model

/// Audit logs for people.
enum AuditText {
    static func table(_ reply: JSONValue, width: Int?) -> String {
        let entries = reply["entries"]?.array ?? []
        guard !entries.isEmpty else { return "no entries\n" }
        var table = Table([
            .right("ENTRY"), .left("TIME"), .flexible("WHO"), .flexible("WHAT"), .flexible("TENANT"), .flexible("ON"),
            .left("OUTCOME"),
        ])
        for entry in entries {
            table.append([
                String(entry["sequence"]?.integer ?? 0), entry["time"]?.string ?? "", entry["principal"]?.string ?? "",
                entry["method"]?.string ?? "", entry["tenant"]?.string ?? "", entry["subject"]?.string ?? "", outcome(entry),
            ])
        }
        return table.text(width: width)
    }

    static func verdict(_ reply: JSONValue, width: Int?) -> String {
        var details = Details()
        details.add("log", reply["log"]?.string ?? "(platform)")
        if let first = reply["first"]?.integer, let last = reply["last"]?.integer {
            details.add("entries", "\(first) to \(last)")
        } else {
            details.add("entries", "none")
        }
        if let checkpoint = reply["checkpoint"], let time = checkpoint["time"]?.string {
            details.add("signed", "up to entry \(checkpoint["entry"]?.integer ?? 0), \(time)")
        }
        details.add("state", reply["isWhole"] == true ? "whole" : "BROKEN")
        details.add("key", reply["publicKey"]?.string ?? "")
        return details.text(width: width)
    }

    private static func outcome(_ entry: JSONValue) -> String {
        let count = entry["count"]?.integer ?? 1
        let times = count > 1 ? " (\(count) times)" : ""
        switch entry["kind"]?.string {
        case "intent": return "begins"
        case "denied": return "denied: \(entry["outcome"]?.string ?? "")\(times)"
        default: return entry["outcome"]?.string ?? ""
        }
    }
}
