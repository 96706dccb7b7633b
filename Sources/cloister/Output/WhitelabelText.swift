import Model

/// A tenant's look and features for people.
enum WhitelabelText {
    static func config(_ value: JSONValue, width: Int?) -> String {
        let config = value["config"] ?? .null
        var details = Details()
        details.add("product", config["productName"]?.string ?? "")
        details.add("support", config["supportAddress"]?.string ?? "-")
        details.add("fonts", "\(config["fonts"]?["body"]?.string ?? "") for text, \(config["fonts"]?["heading"]?.string ?? "") for headings")
        details.add("style", HumanText.number(config["css"]?.string?.utf8.count ?? 0, "byte"))
        var text = details.text(width: width) + "\n"

        var table = Table([.left("SCHEME"), .left("TEXT"), .left("ON"), .left("CONTRAST"), .flexible("")])
        for pair in value["contrast"]?.array ?? [] {
            let passes = pair["passes"]?.bool ?? false
            let colours = config["colors"]?[pair["scheme"]?.string ?? ""]
            func named(_ side: String) -> String {
                let token = pair[side]?.string ?? ""
                return "\(token) \(colours?[token]?.string ?? "")"
            }
            table.append([
                pair["scheme"]?.string ?? "", named("foreground"), named("background"), pair["ratio"]?.number.map { String($0) } ?? "",
                passes ? "passes" : "below 4.5; \(pair["suggestion"]?.string ?? "another colour") would pass",
            ])
        }
        text += table.text(width: width)
        for drop in value["dropped"]?.array ?? [] {
            text += PlainText.escaping(
                "dropped in line \(drop["line"]?.integer ?? 0): \(drop["what"]?.string ?? ""): \(drop["reason"]?.string ?? "")") + "\n"
        }
        if let untold = value["untold"]?.integer, untold > 0 { text += "and \(untold) more\n" }
        return text
    }

    static func domains(_ value: JSONValue, width: Int?) -> String {
        let domains = value["domains"]?.array ?? []
        guard !domains.isEmpty else { return "no domains\n" }
        var table = Table([.flexible("DOMAIN"), .left("STATE"), .left("SINCE"), .flexible("MISSING")])
        for domain in domains {
            table.append(["domain", "state", "since", "reason"].map { domain[$0]?.string ?? "-" })
        }
        return table.text(width: width)
    }

    static func domain(_ value: JSONValue, width: Int?) -> String {
        var details = Details()
        for name in ["domain", "state", "since", "checked"] { details.add(name, value[name]?.string ?? "never") }
        if let issuer = value["certificate"]?["issuer"]?.string {
            details.add("certificate", "of \(issuer), until \(value["certificate"]?["validUntil"]?.string ?? "")")
        }
        details.add("looked at", value["inspected"]?.string ?? "never")
        if let reason = value["reason"]?.string { details.add("missing", reason) }
        let text = details.text(width: width)
        let records = value["records"]?.array ?? []
        guard !records.isEmpty else { return text }
        // Not cut to a window's width: they are copied from here.
        var table = Table([.left("TYPE"), .left("NAME"), .left("VALUE")])
        for record in records { table.append(["type", "name", "value"].map { record[$0]?.string ?? "" }) }
        return text + "\nRecords that must be in DNS, and stay there (or A and AAAA records in place of the CNAME):\n"
            + table.text(width: nil)
    }

    static func logo(_ value: JSONValue) -> String {
        "\(value["width"]?.integer ?? 0) × \(value["height"]?.integer ?? 0) pixels, \(HumanText.size(value["size"]?.integer)), "
            + "sha256:\(value["sha256"]?.string ?? "")\n"
    }

    static func features(_ value: JSONValue) -> String {
        (value["features"]?.object ?? [:]).sorted { $0.key < $1.key }
            .map { "\($0.value.bool == true ? "on " : "off") \(PlainText.escaping($0.key))\n" }.joined()
    }
}
