import Model
import Synchronization

/// The databases of tenants that are open now: opened when first needed, the least recently used one closed again when
/// there are too many. One that is in use is never closed.
///
/// Closing writes a log back to disk, and whoever opens another one does not wait for it: half as many more than `limit`
/// may be open until it is done.
actor OpenTenants {
    private enum State {
        case opening(Task<Result<DatabaseFile, Problem>, Never>)
        case open(DatabaseFile)
        case closing(Task<Void, Never>)
    }

    private struct Entry {
        var state: State
        /// Those at work on it, and those who wait for it to be open.
        var users = 0
        var lastUse: UInt64 = 0
    }

    private let limit: Int
    private let opening: @Sendable (TenantID) throws(Problem) -> DatabaseFile
    private var entries: [TenantID: Entry] = [:]
    private var refused: [TenantID: Problem] = [:]
    private var waiting: [TenantID: [CheckedContinuation<Void, Never>]] = [:]
    private var clock: UInt64 = 0
    private var eviction: Task<Void, Never>?
    /// Those that were opened for somebody who passes by, and that nobody else has used since.
    private var passing: Set<TenantID> = []
    /// So many of them may stay.
    private static let passingLimit = 2
    /// What is remembered of those that are open.
    private let memories = Mutex<[TenantID: Memory]>([:])
    private let keptTables: Set<String>

    private typealias Memory = Remembered<String, any Sendable>

    /// Readings of `keptTables` are remembered as long as a database is open.
    init(
        limit: Int, keeping keptTables: Set<String> = [], opening: @escaping @Sendable (TenantID) throws(Problem) -> DatabaseFile
    ) {
        self.limit = max(1, limit)
        self.keptTables = keptTables
        self.opening = opening
    }

    var count: Int { entries.count }

    func isOpen(_ id: TenantID) -> Bool { entries[id] != nil }

    /// Gives `body` the tenant's database, which stays open until `body` is done.
    nonisolated func with<Value: Sendable>(
        _ id: TenantID, passing isPassing: Bool = false, _ body: @Sendable (DatabaseFile) async throws(Problem) -> Value
    ) async throws(Problem) -> Value {
        let file = try await acquire(id, passing: isPassing)
        let outcome: Result<Value, Problem>
        do throws(Problem) { outcome = .success(try await body(file)) } catch { outcome = .failure(error) }
        await release(id)
        return try outcome.get()
    }

    /// What a reading gave before, where nothing has changed since; no database needs to be used for it.
    nonisolated func kept<Value: Sendable>(_ reading: KeptReading<Value>, of id: TenantID) -> Value? {
        memories.withLock { $0[id] }?.find(reading.name).value as? Value
    }

    /// Reads, and remembers it where changes of its tables are told of.
    nonisolated func read<Value: Sendable>(
        _ reading: KeptReading<Value>, of id: TenantID, from file: DatabaseFile
    ) async throws(Problem) -> Value {
        guard let memory = memories.withLock({ $0[id] }), reading.tables.isSubset(of: memory.tables) else {
            return try await file.read(reading.read)
        }
        let mark = memory.find(reading.name).mark
        let value = try await file.read(reading.read)
        memory.keep(value, for: reading.name, mark)
        return value
    }

    /// Refuses new users with a problem, waits for those at work, and closes the database. Until `readmit`.
    func shut(_ id: TenantID, telling problem: Problem) async {
        refused[id] = problem
        forgetReadings(of: id)
        while let entry = entries[id] {
            if entry.users > 0 {
                await withCheckedContinuation { waiting[id, default: []].append($0) }
            } else {
                await close(id)
            }
        }
    }

    func readmit(_ id: TenantID) { refused[id] = nil }

    /// Closes everything that is idle; what is in use closes with the process.
    func shutAll() async {
        for id in entries.keys where entries[id]?.users == 0 { await close(id) }
    }

    private func acquire(_ id: TenantID, passing isPassing: Bool) async throws(Problem) -> DatabaseFile {
        if !isPassing { passing.remove(id) }
        while true {
            if let problem = refused[id] { throw problem }
            clock += 1
            entries[id]?.lastUse = clock
            switch entries[id]?.state {
            case .open(let file):
                entries[id]?.users += 1
                return file
            case .closing(let task): await task.value
            case .opening(let task):
                entries[id]?.users += 1
                return try await task.value.get()
            case nil:
                let task = Task { await self.open(id) }
                entries[id] = Entry(state: .opening(task), users: 1, lastUse: clock)
                if isPassing { passing.insert(id) }
                let file = try await task.value.get()
                await makeRoom()
                return file
            }
        }
    }

    /// The entry changes before the task ends: whoever awaits the task finds the new state, or would spin on the old one.
    private func open(_ id: TenantID) async -> Result<DatabaseFile, Problem> {
        let opening = self.opening
        defer { wake(id) }
        do throws(Problem) {
            let memory = Memory(of: keptTables, limit: 64)
            let file = try await Blocking.run { () throws(Problem) in
                let file = try opening(id)
                memory.observe(file)
                return file
            }
            memories.withLock { $0[id] = memory }
            entries[id]?.state = .open(file)
            return .success(file)
        } catch {
            forget(id)
            return .failure(error)
        }
    }

    private func release(_ id: TenantID) async {
        entries[id]?.users -= 1
        wake(id)
        await makeRoom()
    }

    private func forgetReadings(of id: TenantID) { memories.withLock { _ = $0.removeValue(forKey: id) } }

    private func forget(_ id: TenantID) {
        entries[id] = nil
        passing.remove(id)
    }

    private func wake(_ id: TenantID) {
        for continuation in waiting.removeValue(forKey: id) ?? [] { continuation.resume() }
    }

    /// Sees to it that what is too many is closed, and waits for it only where that falls behind.
    private func makeRoom() async {
        guard entries.count > limit || passing.count > Self.passingLimit else { return }
        let eviction = self.eviction ?? Task { await evict() }
        self.eviction = eviction
        if entries.count > limit + limit / 2 { await eviction.value }
    }

    /// Spares the one that was used last: it would be opened again at once.
    private func evict() async {
        defer { eviction = nil }
        while true {
            let isCrowded = entries.count > limit
            guard isCrowded || passing.count > Self.passingLimit else { return }
            let idle = entries.filter { id, entry in
                guard case .open = entry.state, isCrowded || passing.contains(id) else { return false }
                return entry.users == 0 && entry.lastUse != clock
            }
            guard let oldest = idle.min(by: { $0.value.lastUse < $1.value.lastUse }) else { return }
            await close(oldest.key)
        }
    }

    private func close(_ id: TenantID) async {
        switch entries[id]?.state {
        case .open(let file) where entries[id]?.users == 0:
            let task = Task {
                // What it could not write back it will write back at the next opening.
                _ = try? await Blocking.run { () throws(Problem) in try file.close() }
                self.forget(id)
                self.wake(id)
            }
            entries[id]?.state = .closing(task)
            forgetReadings(of: id)
            await task.value
        case .closing(let task): await task.value
        case .opening(let task): _ = await task.value
        default: break
        }
    }
}
