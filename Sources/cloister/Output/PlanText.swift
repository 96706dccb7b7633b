import Model

/// Plans, usage and invoices for people.
enum PlanText {
    static func table(_ value: JSONValue, width: Int?) -> String {
        let plans = value["plans"]?.array ?? []
        guard !plans.isEmpty else { return "no plans yet; make one with: cloister plan set ID FILE\n" }
        var table = Table([.flexible("PLAN"), .right("PRICE"), .right("MEMORY"), .right("CPU"), .right("DISK"), .flexible("NAME")])
        for plan in plans {
            let quota = plan["quota"]
            table.append([
                plan["id"]?.string ?? "", money(plan["price"], plan), HumanText.size(quota?["memory"]?.integer),
                HumanText.cores(quota?["cpu"]?.number ?? 0), HumanText.size(quota?["disk"]?.integer), plan["name"]?.string ?? "",
            ])
        }
        return table.text(width: width)
    }

    static func details(_ plan: JSONValue, width: Int?) -> String {
        let quota = plan["quota"]
        var details = Details()
        details.add("plan", plan["id"]?.string ?? "")
        details.add("name", plan["name"]?.string ?? "")
        details.add("price", money(plan["price"], plan) + " a month")
        details.add("memory", HumanText.size(quota?["memory"]?.integer))
        details.add("processes", HumanText.count(quota?["processes"]?.integer.map { Int($0) }))
        details.add("cpu", HumanText.cores(quota?["cpu"]?.number ?? 0))
        details.add("disk", HumanText.size(quota?["disk"]?.integer))
        if let rate = plan["rate"], let requests = rate["requests"]?.integer {
            details.add("api", "\(requests) requests in \(rate["window"]?.integer ?? 0) s")
        }
        for (meter, terms) in (plan["meters"]?.object ?? [:]).sorted(by: { $0.key < $1.key }) {
            var text = "\(terms["included"]?.integer ?? 0) included"
            if let price = terms["price"], let amount = price["amount"] {
                text += ", then \(money(amount, plan)) for each begun \(price["per"]?.integer ?? 1)"
            }
            text += terms["limit"]?.integer.map { ", at most \($0)" } ?? ""
            details.add(meter, text)
        }
        return details.text(width: width)
    }

    static func usage(_ value: JSONValue, width: Int?) -> String {
        var table = Table([.flexible("METER"), .right("USED"), .right("INCLUDED"), .right("LIMIT"), .left("LEVEL")])
        for standing in value["standings"]?.array ?? [] {
            table.append([
                standing["meter"]?.string ?? "", number(standing["used"]), number(standing["included"]), number(standing["limit"]),
                standing["level"]?.string ?? "",
            ])
        }
        var details = Details()
        details.add("plan", value["plan"]?.string ?? "none")
        details.add("month", "\(value["month"]?.string ?? ""), until \(value["resets"]?.string ?? "")")
        let parts = value["parts"]?.array ?? []
        let head = details.text(width: width) + "\n" + table.text(width: width)
        guard !parts.isEmpty else { return head }
        var history = Table([.flexible("FROM"), .right("CALLS"), .right("CPU SECONDS"), .right("BYTES OUT AND IN"), .right("RUNS"), .right("GIB HOURS")])
        for part in parts {
            let used = part["used"]
            history.append(
                [part["start"]?.string ?? ""] + ["calls", "cpuSeconds", "egressBytes", "workflowRuns", "storageHours"].map { number(used?[$0]) })
        }
        return head + "\n" + history.text(width: width)
    }

    static func invoices(_ value: JSONValue, width: Int?) -> String {
        (value["invoices"]?.array ?? []).map { invoice in
            var text = "\(invoice["tenant"]?.string ?? "") \(invoice["month"]?.string ?? "")"
                + (invoice["isFinal"]?.bool == true ? "\n" : ", not final\n")
            var table = Table([
                .flexible("ITEM"), .left("PLAN"), .left("FROM"), .left("TO"), .right("QUANTITY"), .right("INCLUDED"), .right("AMOUNT"),
            ])
            for line in invoice["lines"]?.array ?? [] {
                table.append(
                    ["item", "plan", "from", "to"].map { line[$0]?.string ?? "" }
                        + [number(line["quantity"]), number(line["included"]), money(line["amount"], line)])
            }
            text += table.text(width: width)
            for total in invoice["totals"]?.array ?? [] { text += "total: \(money(total["amount"], total)), without tax\n" }
            return text
        }.joined(separator: "\n")
    }

    private static func number(_ value: JSONValue?) -> String {
        guard let value, let number = value.number else { return "-" }
        return value.integer.map { String($0) } ?? String((number * 1000).rounded() / 1000)
    }

    /// In minor units: how many of them make a whole one differs from currency to currency.
    private static func money(_ amount: JSONValue?, _ owner: JSONValue) -> String {
        "\(amount?.integer ?? 0) \(owner["currency"]?.string ?? "") minor"
    }
}
