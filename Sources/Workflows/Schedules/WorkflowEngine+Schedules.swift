import Logging
package import Model
import Store

/// What an engine knows of the schedules of all tenants: one time of each, and one alarm for all of them.
struct ScheduleClock {
    var due: [TenantID: Int64] = [:]
    var alarm: (due: Int64, task: Task<Void, Never>)?
    /// Tenants whose schedules are being looked after.
    var busy: Set<TenantID> = []
    /// The clock as it was last seen.
    var seen = Moment.now
    /// Tenants that are looked after at once.
    static let width = 8
    /// Milliseconds until what went wrong is tried again.
    static let pause: Int64 = 30_000
    /// Schedules of one tenant that begin before others have their turn.
    static let batch = 100

    /// Of two times the earlier: one may have been read before the other was there, and to look too early does no harm.
    mutating func expect(_ time: Int64?, of tenant: TenantID) {
        guard let time else { return }
        due[tenant] = min(due[tenant] ?? .max, time)
    }
}

/// Runs that begin at their time.
///
/// A schedule's time is its run's deduplication key, and the schedule moves on when the run is on disk: a daemon that dies in
/// between tries the same time again and finds its run.
extension WorkflowEngine {
    /// The schedules of a tenant may not be what they were.
    func lookAtSchedules(of tenant: TenantID) async {
        do throws(Problem) {
            // What is due already of those that ask is being asked, or waits for those.
            let isFull = polling.count(where: { $0.tenant == tenant }) >= Self.pollWidth
            let now = Moment.now
            let (next, poll) = try await store.tenant(tenant).passing.read { database in
                (try ScheduleQueries.nextDue(in: database), try PollQueries.nextDue(after: isFull ? now : .min, in: database))
            }
            schedules.expect(next, of: tenant)
            schedules.expect(poll, of: tenant)
        } catch {
            schedules.expect(error.code == .notFound ? nil : Moment.now + ScheduleClock.pause, of: tenant)
        }
        setScheduleAlarm()
    }

    /// Takes up the schedules that an earlier daemon left.
    func takeUpSchedules(of tenant: TenantID) async {
        do throws(Problem) {
            let now = Moment.now
            let store = try await store.tenant(tenant).passing
            if try await store.read({ try ScheduleQueries.nextDue(in: $0) ?? PollQueries.nextDue(after: .min, in: $0) }) != nil {
                try await store.write { database in
                    try ScheduleQueries.shorten(at: now, in: database)
                    try PollQueries.shorten(at: now, in: database)
                }
            }
        } catch {
            logger.error("schedules of tenant \(tenant) cannot be read: \(error)")
        }
        await lookAtSchedules(of: tenant)
    }

    private func setScheduleAlarm() {
        guard !isStopped, schedules.busy.count < ScheduleClock.width,
            let due = schedules.due.filter({ !schedules.busy.contains($0.key) }).values.min()
        else { return }
        if let alarm = schedules.alarm, alarm.due == due { return }
        schedules.alarm?.task.cancel()
        schedules.alarm = (due, Task { [weak self] in
            // As `Alarm` does, with an eye on the clock.
            while Moment.now < due, !Task.isCancelled {
                await self?.watchClock()
                try? await Task.sleep(for: .milliseconds(min(max(1, due - Moment.now), 10_000)))
            }
            if Task.isCancelled { return }
            await self?.ringSchedules()
        })
    }

    /// A clock that is set back takes schedules along that had moved on by it.
    private func watchClock() {
        let now = Moment.now
        defer { schedules.seen = now }
        guard now < schedules.seen - 1000 else { return }
        logger.warning("the clock was set back: schedules are looked at again")
        let tenants = schedules.busy.union(schedules.due.keys)
        Task { for tenant in tenants { await takeUpSchedules(of: tenant) } }
    }

    /// Looks after the tenants of which something is due, several at once; one that takes long holds nobody else up.
    private func ringSchedules() {
        // It may be another's call, and the alarm still to come.
        schedules.alarm?.task.cancel()
        schedules.alarm = nil
        guard !isStopped else { return }
        watchClock()
        let now = Moment.now
        let ready = schedules.due.filter { $0.value <= now && !schedules.busy.contains($0.key) }.sorted { $0.value < $1.value }
        for (tenant, _) in ready.prefix(ScheduleClock.width - schedules.busy.count) {
            schedules.busy.insert(tenant)
            Task {
                await beginScheduled(of: tenant, at: now)
                schedules.busy.remove(tenant)
                ringSchedules()
            }
        }
        setScheduleAlarm()
    }

    /// Begins what is due for a tenant, so much at once and the rest in its next turn; what cannot begin now is tried again.
    package func beginScheduled(of tenant: TenantID, at now: Int64) async {
        schedules.due[tenant] = nil
        do throws(Problem) {
            try await beginPolls(of: tenant, at: now)
            let store = try await store.tenant(tenant)
            let due = try await store.read { try ScheduleQueries.due(at: now, in: $0) }
            var begun = 0
            for record in due where begun < ScheduleClock.batch {
                guard !isStopped else { return }
                if try await begin(record, at: now, store) { begun += 1 }
            }
            schedules.expect(try await store.read { try PollQueries.nextDue(after: now, in: $0) }, of: tenant)
            // Behind those who are due by then.
            if begun == ScheduleClock.batch { return schedules.expect(Moment.now, of: tenant) }
            schedules.expect(try await store.read { try ScheduleQueries.nextDue(after: now, in: $0) }, of: tenant)
        } catch {
            guard error.code != .notFound, error.code != .shuttingDown else { return }
            logger.error("schedules of tenant \(tenant) wait: \(error)")
            // A month's runs that are used up, or a plan, seldom change in less.
            schedules.expect(Moment.now + ScheduleClock.pause * (error.code == .quotaExceeded ? 10 : 1), of: tenant)
        }
    }

    /// False where the machine has forgotten the zone. Then its time stays, for when it is known again; the others must not wait
    /// for that.
    private func begin(_ record: ScheduleRecord, at now: Int64, _ store: TenantStore) async throws(Problem) -> Bool {
        let name = "schedule \(record.node) of workflow \(record.workflow) of tenant \(store.id)"
        let timetable: Timetable
        do throws(Problem) {
            timetable = try Timetable(record.schedule)
        } catch {
            logger.error("\(name) begins nothing: \(error)")
            schedules.expect(now + 3_600_000, of: store.id)
            return false
        }
        if startsByItself(store.id), let time = timetable.last(upTo: now, from: record.due),
            record.schedule.missed == .once || now - time <= Schedule.grace
        {
            try await begin(record, time, name, store)
        }
        let next = timetable.next(after: now) ?? .max
        try await store.write { try ScheduleQueries.move(record, to: next, in: $0) }
        return true
    }

    private func begin(_ record: ScheduleRecord, _ time: Int64, _ name: String, _ store: TenantStore) async throws(Problem) {
        if record.schedule.overlap == .skip, try await store.read({ try ScheduleQueries.isUnderWay(record, in: $0) }) {
            return logger.notice("\(name) passes over a time: its last run is under way")
        }
        let text = Timestamp(milliseconds: time).description
        let input: JSONValue = ["time": .string(text), "timezone": .string(record.schedule.zone)]
        var beginning = Beginning(input: .inline(input.compactText))
        beginning.trigger = record.node
        // No caller's key begins with a control character.
        beginning.deduplication = "\u{1}schedule \(record.node) \(text)"
        beginning.depth = 0
        do throws(Problem) {
            _ = try await execute(record.workflow, beginning, for: store.id)
        } catch {
            // What will be no better later is told, and the next time comes.
            guard error.isFinal else { throw error }
            logger.error("\(name) begins nothing: \(error)")
        }
    }
}
