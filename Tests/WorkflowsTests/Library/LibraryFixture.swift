import GRDB
import HostTesting
import Model
import Store
import Synchronization

@testable import Workflows

/// Definitions on a real store, with a clock that stands until it is moved.
struct LibraryFixture: Sendable {
    static let acme = TenantID(unchecked: "acme")
    static let globex = TenantID(unchecked: "globex")
    static let id = WorkflowID(unchecked: "greet")

    final class Clock: Sendable {
        private let time = Mutex<Int64>(1_700_000_000_000)
        var now: Int64 { time.withLock { $0 } }
        func advance(_ span: Duration) { time.withLock { $0 += span.milliseconds } }
    }

    struct Tools: ToolDirectory {
        func tools(of tenant: TenantID) async throws(Problem) -> [PluginID: [String]?] {
            var tools: [PluginID: [String]?] = [PluginID(unchecked: "archive"): ["list", "extract"]]
            tools.updateValue(nil, forKey: PluginID(unchecked: "shy"))
            return tools
        }
    }

    /// Knows no language: a program with `!` in it does not compile, nor one with a variable that is not known.
    struct Compiler: ExpressionEvaluator {
        func evaluate(
            _ evaluations: [Evaluation], for tenant: TenantID
        ) async throws(Problem) -> [Result<[String], ExpressionFault>] { [] }

        func check(
            _ programs: [String], variables: [String], for tenant: TenantID
        ) async throws(Problem) -> [ExpressionFault?] {
            programs.map { program in
                if program.contains("!") { return ExpressionFault(.syntax, "unexpected !", line: 1, column: 2) }
                return program.contains("$item") && !variables.contains("item") ? ExpressionFault(.syntax, "$item is not defined") : nil
            }
        }
    }

    let store: Store
    let library: WorkflowLibrary
    let clock: Clock

    static func with(_ body: (LibraryFixture) async throws -> Void) async throws {
        let folder = TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        var options = Store.Options()
        options.tenantSteps = WorkflowTables.steps + RunSchema.steps + ScheduleSchema.steps + RunSchema.laterSteps + PollSchema.steps
            + WorkflowTables.linkSteps + PollSchema.laterSteps + RunSchema.bucketSteps + RunSchema.loneNodeSteps
        options.comingBack = WorkflowTables.comesBack
        let store = try await Store.open(folder, options)
        for tenant in [acme, globex] { _ = try await store.createTenant(tenant) }
        let clock = Clock()
        let ports = WorkflowLibrary.Ports(tools: Tools(), expressions: Compiler())
        let library = WorkflowLibrary(store, ports, now: { clock.now })
        try await body(LibraryFixture(store: store, library: library, clock: clock))
        await store.close()
    }

    static func definition(_ id: WorkflowID = id, name: String = "Greet", config: JSONValue = ["kind": "set", "values": ["hello": "you"]]) -> JSONValue {
        ["id": .string(id.rawValue), "name": .string(name), "nodes": [Definition.trigger, Definition.node("work", "action", config)]]
    }

    /// A workflow whose runs start runs of another.
    static func calling(_ other: String, _ id: String) -> JSONValue {
        definition(WorkflowID(unchecked: id), name: id, config: ["kind": "workflow", "workflow": .string(other)])
    }

    @discardableResult
    func save(_ definition: JSONValue, revision: Int64? = nil, by author: String = "ann") async throws -> WorkflowDraft {
        try await library.save(definition, for: .change(nil, revision: revision), of: Self.acme, by: author)
    }

    @discardableResult
    func publish(_ definition: JSONValue, by author: String = "ann") async throws -> WorkflowVersion {
        let draft = try await save(definition, by: author)
        return try await library.publish(draft.record.id, of: Self.acme, by: author)
    }

    /// Has a run of a version that has not ended; of nil, none any more.
    func pin(_ version: Int?, of id: WorkflowID = id) async throws {
        try await store.tenant(Self.acme).write { database in
            try database.execute(sql: "DELETE FROM workflowRun")
            guard let version else { return }
            try database.execute(
                sql: """
                    INSERT INTO workflowRun (id, workflow, version, "trigger", state, phase, priority, isPaused, needsPerson, input, began, depth)
                    VALUES ('run-1', ?, ?, 'start', 'running', 'waiting', 0, 0, 0, 'null', 1, 0)
                    """, arguments: [id.rawValue, version])
        }
    }
}
