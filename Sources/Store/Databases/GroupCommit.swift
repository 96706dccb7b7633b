import Dispatch
import GRDB
import GRDBSQLite
import Model
import Synchronization

/// The one writer of a database: changes that come while it is at work share the next transaction, and with it one flush
/// to disk.
///
/// After a group of patient changes the writer rests twice as long as that took, where none waits that is not patient: other
/// databases have the disk and a processor most of the time. One that is not patient ends the rest.
///
/// Each caller is told only after the commit. A change that fails is undone alone; where the whole transaction is lost
/// through one of its changes, each of them is made again in a transaction of its own.
final class GroupCommit: Sendable {
    struct Change: Sendable {
        /// May run a second time, when what the first time did was undone.
        let apply: @Sendable (Database) throws -> Void
        let settle: @Sendable ((any Error)?) -> Void
        let isPatient: Bool
    }

    private struct State {
        var waiting: [Change] = []
        var isAtWork = false
        var groups: UInt64 = 0
        /// Which rest it is in; nil where it is in none.
        var rest: UInt64?
        var lastRest: UInt64 = 0
    }

    private enum Next { case nothing, group, rest(UInt64) }

    /// Changes in one transaction.
    static let groupLimit = 64
    /// Of patient changes: who comes meanwhile waits for no more of them, and they go on in small steps.
    static let patientGroupLimit = 12
    /// Groups after which the writer gives its cache of pages back: what is appended stays in there though nobody reads it again,
    /// half a mebibyte for each of hundreds of databases.
    private static let releaseInterval: UInt64 = 64
    /// Changes that wait; more callers at once than anything admits.
    static let waitingLimit = 4096

    private let pool: DatabasePool
    private let longestRest: Duration
    private let state = Mutex(State())

    init(_ pool: DatabasePool, longestRest: Duration = .milliseconds(30)) {
        self.pool = pool
        self.longestRest = longestRest
    }

    /// Changes that wait for their turn now.
    var waitingCount: Int { state.withLock { $0.waiting.count } }

    /// Runs `body` within a transaction and returns when that is on disk, or throws when nothing of it is.
    ///
    /// A task that is cancelled before its turn changes nothing, where it is `cancellable`; after that its change is made.
    func perform<Value: Sendable>(
        cancellable: Bool = true, patient: Bool = false, _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws -> Value {
        let isCancelled = Atomic(false)
        let value = Mutex<Value?>(nil)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                submit(
                    Change(
                        apply: { database in
                            if isCancelled.load(ordering: .relaxed) { throw CancellationError() }
                            let result = try body(database)
                            value.withLock { $0 = result }
                        },
                        settle: { problem in
                            if let problem { return continuation.resume(throwing: problem) }
                            guard let result = value.withLock({ $0.take() }) else {
                                return continuation.resume(throwing: CancellationError())
                            }
                            continuation.resume(returning: result)
                        },
                        isPatient: patient))
            }
        } onCancel: {
            if cancellable { isCancelled.store(true, ordering: .relaxed) }
        }
    }

    private func submit(_ change: Change) {
        let (isAdmitted, starts) = state.withLock { state in
            guard state.waiting.count < Self.waitingLimit else { return (false, false) }
            state.waiting.append(change)
            if state.rest != nil, !change.isPatient {
                state.rest = nil
                return (true, true)
            }
            defer { state.isAtWork = true }
            return (true, !state.isAtWork)
        }
        guard isAdmitted else {
            return change.settle(
                Problem(.retryLater, "too many changes wait for the database", hint: "call again in a second"))
        }
        if starts { pool.asyncWriteWithoutTransaction { self.work($0) } }
    }

    /// One group. Between two of them others who need the writer have their turn.
    private func work(_ database: Database) {
        let (group, releases) = state.withLock { state in
            state.groups += 1
            let isPatient = state.waiting.allSatisfy(\.isPatient)
            let group = Array(state.waiting.prefix(isPatient ? Self.patientGroupLimit : Self.groupLimit))
            state.waiting.removeFirst(group.count)
            return (group, state.groups % Self.releaseInterval == 0)
        }
        let start = ContinuousClock.now
        Self.commit(group, database)
        if releases { sqlite3_db_release_memory(database.sqliteConnection) }
        let rest = min((ContinuousClock.now - start) * 2, longestRest)
        let next = state.withLock { state -> Next in
            if group.allSatisfy(\.isPatient), state.waiting.allSatisfy(\.isPatient) {
                state.lastRest += 1
                state.rest = state.lastRest
                return .rest(state.lastRest)
            }
            state.isAtWork = !state.waiting.isEmpty
            return state.isAtWork ? .group : .nothing
        }
        switch next {
        case .nothing: break
        case .group: pool.asyncWriteWithoutTransaction { self.work($0) }
        case .rest(let number):
            DispatchQueue.global().asyncAfter(deadline: .now() + .nanoseconds(Int(rest.nanoseconds))) { self.wake(number) }
        }
    }

    private func wake(_ number: UInt64) {
        let goesOn = state.withLock { state in
            guard state.rest == number else { return false }
            state.rest = nil
            state.isAtWork = !state.waiting.isEmpty
            return state.isAtWork
        }
        if goesOn { pool.asyncWriteWithoutTransaction { self.work($0) } }
    }

    private static func commit(_ group: [Change], _ database: Database) {
        if group.count > 1, let outcomes = together(group, database) {
            for (change, outcome) in zip(group, outcomes) { change.settle(outcome) }
        } else {
            for change in group { change.settle(alone(change, database)) }
        }
    }

    /// What came of each; nil where the transaction did not come about.
    private static func together(_ group: [Change], _ database: Database) -> [(any Error)?]? {
        var outcomes: [(any Error)?] = []
        var isLost = false
        do {
            try database.inTransaction(.immediate) {
                for change in group {
                    try database.run("SAVEPOINT change")
                    do {
                        try change.apply(database)
                        try database.run("RELEASE change")
                        outcomes.append(nil)
                    } catch {
                        outcomes.append(error)
                        if database.isInsideTransaction {
                            try database.run("ROLLBACK TO change")
                            try database.run("RELEASE change")
                        }
                    }
                    // A full disk, and some other failures, undo everything: SQLite's manual of result codes.
                    isLost = !database.isInsideTransaction
                    if isLost { return .rollback }
                }
                return .commit
            }
        } catch {
            return nil
        }
        return isLost ? nil : outcomes
    }

    private static func alone(_ change: Change, _ database: Database) -> (any Error)? {
        do {
            try database.inTransaction(.immediate) {
                try change.apply(database)
                return .commit
            }
            return nil
        } catch {
            return error
        }
    }
}
