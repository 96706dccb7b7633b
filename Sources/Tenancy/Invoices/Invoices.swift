import GRDB
package import Model
package import Store

/// The invoices of tenants. That of the running month is reckoned anew each time; one of a month that is over is kept as it
/// was reckoned first, also when its tenant is gone.
package struct Invoices: Sendable {
    package static let steps = [
        MigrationStep("tenancy 5 invoices") { database in
            try database.execute(
                sql: """
                    CREATE TABLE invoice (
                        tenant TEXT NOT NULL,
                        born INTEGER NOT NULL,
                        month TEXT NOT NULL,
                        document TEXT NOT NULL,
                        PRIMARY KEY (tenant, born, month)
                    ) STRICT
                    """)
        }
    ]

    /// How long a kept invoice stays: ten years, as tax offices ask for. In months.
    static let monthsKept = 121

    private let store: Store
    private let metering: Metering
    private let now: @Sendable () -> Int64
    private let text: @Sendable (Int64) -> String

    /// `text` writes a moment in seconds since 1970.
    package init(
        _ store: Store, _ metering: Metering, now: @escaping @Sendable () -> Int64 = { Moment.now / 1000 },
        text: @escaping @Sendable (Int64) -> String
    ) {
        self.store = store
        self.metering = metering
        self.now = now
        self.text = text
    }

    /// The invoice of a month: a kept one, or what there is so far. Settle first. Throws `notFound` for a month before the
    /// tenant or after now.
    package func invoice(of id: TenantID, _ month: BillingMonth) async throws(Problem) -> JSONValue {
        let tenant = try await store.record(of: id)
        guard month.start <= now(), month.end * 1000 > tenant.created else {
            throw Problem(.notFound, "no invoice of tenant \(id) for \(month)")
        }
        guard month.end <= now() else { return try await reckon(tenant, month, until: month.end, isFinal: false).json(text) }
        if let kept = try await kept(id, month).last(where: { $0.born == tenant.created }) { return kept.document }
        return try await keep(tenant, month, until: month.end)
    }

    /// The last invoices of tenants of that name that are gone.
    package func past(_ id: TenantID, _ month: BillingMonth) async throws(Problem) -> [JSONValue] {
        try await kept(id, month).map(\.document)
    }

    /// Keeps the invoices of the month that is over, of all who have none yet; to be called now and then.
    package func close() async throws(Problem) {
        let month = BillingMonth(containing: now()).previous
        let oldest = (1..<Self.monthsKept).reduce(month) { last, _ in last.previous }
        let done = try await store.writeRegistry { database in
            // Names of months are in the order of time.
            try database.execute(sql: "DELETE FROM invoice WHERE month < ?", arguments: [oldest.description])
            return Set(
                try Row.fetchAll(database, sql: "SELECT tenant, born FROM invoice WHERE month = ?", arguments: [month.description])
                    .map { "\($0["tenant"] as String) \($0["born"] as Int64)" })
        }
        for tenant in try await store.tenants() where tenant.created < month.end * 1000 {
            guard !done.contains("\(tenant.id) \(tenant.created)") else { continue }
            _ = try await keep(tenant, month, until: month.end)
        }
    }

    /// Keeps the last invoice of a tenant that is about to go. Settle first.
    package func closeLast(of id: TenantID) async throws(Problem) {
        let hour = UsageLedger.hour
        // The hour that has begun counts.
        let end = now() - now() % hour + hour
        _ = try await keep(try await store.record(of: id), BillingMonth(containing: now()), until: end)
    }

    private func keep(_ tenant: Tenant, _ month: BillingMonth, until end: Int64) async throws(Problem) -> JSONValue {
        let invoice = try await reckon(tenant, month, until: end, isFinal: true)
        let document = invoice.json(text)
        // A tenant without a plan owes nothing, and needs no paper.
        guard !invoice.lines.isEmpty else { return document }
        try await store.writeRegistry { database in
            try database.execute(
                sql: """
                    INSERT INTO invoice (tenant, born, month, document) VALUES (?, ?, ?, ?)
                    ON CONFLICT DO UPDATE SET document = excluded.document
                    """, arguments: [tenant.id.rawValue, tenant.created, month.description, document.compactText])
        }
        return document
    }

    private func reckon(_ tenant: Tenant, _ month: BillingMonth, until end: Int64, isFinal: Bool) async throws(Problem) -> Invoice {
        let segments = PlanSegment.segments(try await metering.plans.history(of: tenant.id), in: month, until: end)
        var used: [PlanSegment: [Meter: Int64]] = [:]
        for segment in segments {
            used[segment] = try await metering.ledger.sums(of: tenant.id, from: segment.from, to: segment.to)
        }
        return Invoice(tenant.id, month, segments, isFinal: isFinal) { used[$0] ?? [:] }
    }

    private func kept(_ id: TenantID, _ month: BillingMonth) async throws(Problem) -> [(born: Int64, document: JSONValue)] {
        try await store.readRegistry { database in
            try Row.fetchAll(
                database, sql: "SELECT born, document FROM invoice WHERE tenant = ? AND month = ? ORDER BY born",
                arguments: [id.rawValue, month.description]
            ).map { row in
                (born: row["born"] as Int64, document: try JSONValue.parse(Array((row["document"] as String).utf8)))
            }
        }
    }
}
