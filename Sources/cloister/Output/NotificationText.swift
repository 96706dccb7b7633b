import Model

/// Notices, webhooks and their deliveries for people.
enum NotificationText {
    static func inbox(_ value: JSONValue, width: Int?) -> String {
        let entries = value["notifications"]?.array ?? []
        guard !entries.isEmpty else { return "no notices\n" }
        var table = Table([.left(""), .left("NOTICE"), .left("LAST"), .left("KIND"), .left("TIMES"), .flexible("")])
        for entry in entries {
            table.append([
                entry["read"]?.bool == true ? " " : "*", text(entry, "id"), text(entry, "last"), text(entry, "kind"),
                "\(entry["count"]?.integer ?? 1)", text(entry, "text"),
            ])
        }
        return table.text(width: width) + "\n\(value["unread"]?.integer ?? 0) unread\n" + more(value)
    }

    static func preferences(_ value: JSONValue, width: Int?) -> String {
        var table = Table([.left("KIND"), .left("INBOX"), .left("MAIL")])
        for (kind, ways) in (value["preferences"]?.object ?? [:]).sorted(by: { $0.key < $1.key }) {
            table.append([kind] + ["inbox", "mail"].map { ways[$0]?.bool == true ? "yes" : "no" })
        }
        let hint = value["mailing"]?.bool == true ? "" : "\nThis host sends no mails: see `notifications: {mail}` of cloister.yaml.\n"
        return table.text(width: width) + hint
    }

    static func webhooks(_ value: JSONValue, width: Int?) -> String {
        let webhooks = value["webhooks"]?.array ?? []
        guard !webhooks.isEmpty else { return "no webhooks; make one with: cloister webhook create URL --tenant ID\n" }
        var table = Table([.left("WEBHOOK"), .flexible("URL"), .left("STATE"), .flexible("KINDS")])
        for webhook in webhooks { table.append([text(webhook, "id"), text(webhook, "url"), state(webhook), kinds(webhook)]) }
        return table.text(width: width)
    }

    static func webhook(_ value: JSONValue, width: Int?) -> String {
        var details = Details()
        details.add("webhook", text(value, "id"))
        details.add("url", text(value, "url"))
        details.add("state", state(value))
        details.add("kinds", kinds(value))
        if let since = value["failingSince"]?.string { details.add("failing since", since) }
        if let until = value["earlierSecretUntil"]?.string { details.add("both secrets until", until) }
        guard let secret = value["secret"]?.string else { return details.text(width: width) }
        // Not in the table: a window's width must not shorten it.
        return details.text(width: width) + "\n\(secret)\n\nKeep it now: it is not shown again.\n"
    }

    static func deliveries(_ value: JSONValue, width: Int?) -> String {
        let deliveries = value["deliveries"]?.array ?? []
        guard !deliveries.isEmpty else { return "no deliveries\n" }
        var table = Table([
            .left("DELIVERY"), .left("KIND"), .left("STATE"), .left("TRIES"), .left("DUE"), .left("STATUS"), .flexible(""),
        ])
        for delivery in deliveries {
            table.append([
                text(delivery, "id"), text(delivery, "kind"), text(delivery, "state"), "\(delivery["attempts"]?.integer ?? 0)",
                text(delivery, "due"), delivery["status"]?.integer.map { "\($0)" } ?? "-", text(delivery, "detail"),
            ])
        }
        return table.text(width: width) + more(value)
    }

    private static func more(_ value: JSONValue) -> String {
        value["cursor"]?.integer.map { "older ones: --cursor \($0)\n" } ?? ""
    }

    private static func state(_ webhook: JSONValue) -> String {
        guard webhook["enabled"]?.bool != true else { return "enabled" }
        return webhook["reason"]?.string.map { "disabled: \($0)" } ?? "disabled"
    }

    private static func kinds(_ webhook: JSONValue) -> String {
        let kinds = (webhook["kinds"]?.array ?? []).compactMap(\.string)
        return kinds.isEmpty ? "(every kind)" : kinds.joined(separator: " ")
    }

    private static func text(_ value: JSONValue, _ name: String) -> String { value[name]?.string ?? "" }
}
