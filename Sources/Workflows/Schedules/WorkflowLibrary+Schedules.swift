import GRDB
package import Model
import Store

extension Workflow {
    /// Those of its triggers that have one, with their nodes.
    var schedules: [(node: NodeID, schedule: Schedule)] {
        triggers.compactMap { id in
            guard case .trigger(.cron(let schedule))? = nodes.first(where: { $0.id == id })?.kind else { return nil }
            return (id, schedule)
        }
    }

    /// Zones that this machine does not know. Which it knows may change, so that no definition becomes unreadable by it.
    package var zoneFindings: [WorkflowFinding] {
        nodes.enumerated().compactMap { index, node in
            let (member, name): (String, String)
            switch node.kind {
            case .trigger(.cron(let schedule)): (member, name) = ("timezone", schedule.zone)
            case .trigger(.poll(let poll)):
                guard case .times(_, let zone) = poll.pace else { return nil }
                (member, name) = ("timezone", zone)
            default: return nil
            }
            do throws(Problem) {
                _ = try ZoneRules(named: name)
                return nil
            } catch {
                let place = JSONPointer().appending("nodes").appending(index).appending("config").appending(member)
                return WorkflowFinding(place, node: node.id.rawValue, error.message, hint: error.hint)
            }
        }
    }
}

extension WorkflowLibrary {
    /// When a schedule begins runs.
    package struct NextTimes: Sendable, Hashable {
        package let node: NodeID
        package let schedule: Schedule
        /// Milliseconds since 1970. The first has passed where it could begin nothing yet.
        package let times: [Int64]
    }

    /// The next times of each schedule of a workflow, at most five of each; none where it is not active.
    package func nextTimes(of id: WorkflowID, in tenant: TenantID) async throws(Problem) -> [NextTimes] {
        let records = try await store.tenant(tenant).read { try ScheduleQueries.all(of: id, in: $0) }
        return records.map { record in
            var times = [record.due]
            let timetable = try? Timetable(record.schedule)
            while times.count < 5, let last = times.last, let next = timetable?.next(after: last) { times.append(next) }
            return NextTimes(node: record.node, schedule: record.schedule, times: times)
        }
    }

    /// Has the schedules of a workflow wait for their times, or not any more. Together with what changes it, so that no daemon
    /// can die in between.
    static func setSchedules(
        of workflow: WorkflowID, _ schedules: [(node: NodeID, schedule: Schedule)], at now: Int64, _ database: Database
    ) throws {
        var records: [ScheduleRecord] = []
        for (node, schedule) in schedules {
            guard let due = try Timetable(schedule).next(after: now) else { continue }
            records.append(ScheduleRecord(workflow, node, schedule, due: due))
        }
        try ScheduleQueries.replace(records, of: workflow, in: database)
    }

    static func workflow(_ number: Int, of id: WorkflowID, _ database: Database) throws -> Workflow {
        let definition = try WorkflowVersion.definition(number, of: id, database)
        do throws(WorkflowFindings) {
            return try Workflow(reading: definition)
        } catch {
            throw error.problem
        }
    }
}
