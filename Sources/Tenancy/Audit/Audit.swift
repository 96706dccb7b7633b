import Glibc
package import GRDB
package import Model
package import Store
import Synchronization

/// A failure of another layer that has a word for programs.
package protocol CodedFailure: Error {
    var code: String { get }
}

/// The logs of every change and every denied attempt: one for each tenant, in its own database, and the platform's.
///
/// What is to be changed is on disk before it is changed, or with it, and what came of it before anybody is told. Entries are chained
/// by SHA-256 and the chain is signed every hour and when the daemon ends; see `verify`.
package final class Audit: Sendable {
    let books: AuditBooks
    let key: AuditKey
    let witness: AuditWitness
    /// How long entries are kept; nil for ever.
    let keeping: Duration?
    /// Told what an operator should see and nobody waits for.
    let complain: @Sendable (String) -> Void
    private let writers = Mutex<[AuditPlace: AuditWriter]>([:])
    private let denials = Mutex(AuditDenials())

    /// The key and the last checkpoints lie in the folder `audit` of the data folder.
    package init(
        _ store: Store, keeping: Duration? = nil, complain: @escaping @Sendable (String) -> Void
    ) throws(Problem) {
        let folder = store.folder.path + "/audit"
        try StoreFolder.add(folder)
        books = AuditBooks(store: store)
        key = try AuditKey(folder: folder)
        witness = AuditWitness(folder: folder)
        self.keeping = keeping
        self.complain = complain
    }

    /// The 32 bytes of the public key under the checkpoints.
    package var publicKey: [UInt8] { key.publicKey }

    /// Where something about a tenant is written down: in its own log where there is such a tenant.
    package func place(for tenant: TenantID?) async -> AuditPlace {
        guard let tenant, let record = try? await books.store.record(of: tenant), record.state == .active else {
            return .platform
        }
        return .tenant(tenant)
    }

    /// Makes a change that is written down before and after.
    ///
    /// What cannot be written down is not done, but for `brakes`, which only take something away: those are made anyway.
    package func record<Value>(
        _ attempt: AuditAttempt, in place: AuditPlace, brakes: Bool = false, _ change: () async throws -> Value
    ) async throws -> Value {
        var intent: Int64?
        do throws(Problem) {
            intent = try await append(AuditWriter.Draft(kind: .intent, attempt: attempt), to: place)
        } catch {
            complain("\(attempt.method) by \(attempt.principal) is not in \(place): \(error)")
            guard brakes else {
                throw Problem(
                    error.code, "\(attempt.method) not done: it cannot be written into \(place)", hint: error.hint,
                    cause: error.message)
            }
        }
        let outcome: Result<Value, any Error>
        do { outcome = .success(try await change()) } catch { outcome = .failure(error) }
        guard let intent else { return try outcome.get() }
        do throws(Problem) {
            let end = AuditWriter.Draft(kind: .outcome, attempt: attempt, outcome: Self.word(for: outcome), intent: intent)
            _ = try await append(end, to: place)
        } catch {
            complain("what came of \(attempt.method) by \(attempt.principal) is not in \(place): \(error)")
            // A log that went with its tenant is missed by nobody.
            let isGone = await self.place(for: place.tenant) != place
            guard brakes || isGone, case .success = outcome else {
                _ = try outcome.get()
                throw Problem(
                    .internalFault, "\(attempt.method) is done, but what came of it could not be written into \(place)",
                    cause: error.message)
            }
        }
        return try outcome.get()
    }

    /// Makes a change that is one transaction of the log's own database, and is written down in the same one: it is made if and
    /// only if it is in the log, with one flush to disk instead of three. `prepare` changes nothing yet.
    package func record<Value: Sendable>(
        _ attempt: AuditAttempt, in place: AuditPlace,
        preparing prepare: () async throws -> @Sendable (Database) throws -> Value
    ) async throws -> Value {
        let outcome: Result<Value, any Error>
        do {
            let change = try await prepare()
            do throws(Problem) {
                return try await writer(of: place).make(attempt, change)
            } catch {
                outcome = .failure(error)
            }
        } catch {
            outcome = .failure(error)
        }
        do throws(Problem) { try await writer(of: place).note(attempt, Self.word(for: outcome)) } catch {
            complain("\(attempt.method) by \(attempt.principal), not done, is not in \(place): \(error)")
        }
        return try outcome.get()
    }

    /// Writes down that something was refused. The first of its kind is on disk when this returns; those that follow within
    /// a minute are counted. `times` is how often it happened since it was told last.
    package func deny(_ attempt: AuditAttempt, outcome: String, times: Int64 = 1, in place: AuditPlace) async {
        let entry = denials.withLock { $0.note(attempt, outcome: outcome, times: times, in: place, at: Moment.now) }
        guard let entry else { return }
        await write(AuditWriter.Draft(kind: .denied, attempt: entry, outcome: outcome, count: times), to: place)
    }

    /// Writes down what has been counted: that of whole minutes, or everything.
    package func flush(all: Bool = false) async {
        for entry in denials.withLock({ $0.take(at: Moment.now, all: all) }) {
            let draft = AuditWriter.Draft(
                kind: .denied, attempt: entry.attempt, outcome: entry.kind.outcome, count: entry.count)
            await write(draft, to: entry.kind.place)
        }
    }

    /// The tenant is gone, and its log with it.
    package func forget(_ tenant: TenantID) {
        let place = AuditPlace.tenant(tenant)
        denials.withLock { $0.forget(place) }
        writers.withLock { $0[place] = nil }
        witness.forget(place)
    }

    /// The logs that were used in this daemon's life.
    var used: [AuditPlace] { writers.withLock { Array($0.keys) } }

    func writer(of place: AuditPlace) -> AuditWriter {
        writers.withLock { writers in
            if let writer = writers[place] { return writer }
            let writer = AuditWriter(books, place)
            writers[place] = writer
            return writer
        }
    }

    private func append(_ draft: AuditWriter.Draft, to place: AuditPlace) async throws(Problem) -> Int64 {
        try await writer(of: place).append(draft)
    }

    private func write(_ draft: AuditWriter.Draft, to place: AuditPlace) async {
        do throws(Problem) { _ = try await append(draft, to: place) } catch {
            complain("\(draft.attempt.method) by \(draft.attempt.principal), denied, is not in \(place): \(error)")
        }
    }

    private static func word(for outcome: Result<some Any, any Error>) -> String {
        switch outcome {
        case .success: AuditEntry.done
        case .failure(let problem as Problem): problem.code.rawValue
        case .failure(let failure as any CodedFailure): failure.code
        case .failure(is CancellationError): Problem.Code.cancelled.rawValue
        case .failure: Problem.Code.internalFault.rawValue
        }
    }
}
