import GRDB
import HostTesting
import Logging
import Model
import Store
import Synchronization
import Testing
import Workflows

/// An engine on a real store. What is outside of it, plugins and people, is played.
struct EngineFixture: Sendable {
    let folder: String
    let store: Store
    let tenant: TenantID
    let library: Shelf
    let world: World
    let engine: WorkflowEngine

    static func with<Result>(_ body: (EngineFixture) async throws -> Result) async throws -> Result {
        try await TemporaryFolder.with { folder in
            let path = folder + "/data"
            var options = Store.Options()
            options.tenantSteps = WorkflowTables.steps + RunSchema.steps + ScheduleSchema.steps + RunSchema.laterSteps + PollSchema.steps
                + PollSchema.laterSteps + RunSchema.bucketSteps + RunSchema.loneNodeSteps
            options.comingBack = RunSchema.comesBack
            let store = try await Store.open(path, options)
            for name in ["acme", "globex"] { _ = try await store.createTenant(TenantID(name)) }
            let world = World()
            let library = Shelf()
            let fixture = EngineFixture(
                folder: path, store: store, tenant: try TenantID("acme"), library: library, world: world,
                engine: engine(store, library, world))
            do {
                let result = try await body(fixture)
                await fixture.engine.stop(within: .zero)
                await store.close()
                return result
            } catch {
                await fixture.engine.stop(within: .zero)
                await store.close()
                throw error
            }
        }
    }

    static func engine(
        _ store: Store, _ library: Shelf, _ world: World, startsByItself: @escaping @Sendable (TenantID) -> Bool = { _ in true }
    ) -> WorkflowEngine {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return WorkflowEngine(
            store, source: library, evaluator: PathEvaluator(world: world), invoker: world, meter: world, logger: logger,
            startsByItself: startsByItself)
    }

    /// The same data under an engine that knows nothing of this one, as after `kill -9`.
    func successor() async -> EngineFixture {
        await engine.stop(within: .zero)
        world.forget()
        return EngineFixture(
            folder: folder, store: store, tenant: tenant, library: library, world: world,
            engine: Self.engine(store, library, world))
    }

    func run(_ workflow: String, _ input: String = "null", within limit: Duration = .seconds(20)) async throws -> Run {
        let id = try await engine.execute(WorkflowID(workflow), .init(input: .inline(input)), for: tenant)
        return try await engine.wait(for: id, of: tenant, within: limit)
    }

    func steps(of id: RunID) async throws -> [Step] { try await engine.steps(of: id, for: tenant) }
}

/// Waits for what comes soon, at most 20 s.
func eventually(_ isSo: () async throws -> Bool) async throws {
    for _ in 0..<2000 {
        if try await isSo() { return }
        try await Task.sleep(for: .milliseconds(10))
    }
    Issue.record("it did not come about")
}

extension EngineFixture {
    /// Publishes a definition while the engine runs.
    func publish(_ text: String) async throws {
        try library.publish(text)
        await engine.libraryChanged(of: tenant)
    }
}

/// Published workflows, in memory.
final class Shelf: WorkflowSource {
    private let versions = Mutex<[WorkflowID: [Workflow]]>([:])
    private let unreadable = Mutex<Set<WorkflowID>>([])
    private let lookups = Mutex(0)

    /// How often a version was asked for.
    var reads: Int { lookups.withLock { $0 } }

    /// Publishes a definition that is written as JSON.
    func publish(_ text: String) throws {
        let workflow = try Workflow(reading: JSONValue.parse(text))
        versions.withLock { $0[workflow.id, default: []].append(workflow) }
    }

    func published(_ id: WorkflowID, of tenant: TenantID) async throws(Problem) -> (version: Int, workflow: Workflow) {
        guard let all = versions.withLock({ $0[id] }), let last = all.last else { throw Problem(.notFound, "workflow not found: \(id)") }
        return (all.count, last)
    }

    func inForce(of tenant: TenantID) async throws(Problem) -> [Workflow] {
        versions.withLock { $0.values.compactMap(\.last) }
    }

    func has(_ number: Int, of id: WorkflowID, in database: Database) throws -> Bool {
        versions.withLock { $0[id]?.indices.contains(number - 1) ?? false }
    }

    /// Takes a workflow away with all its versions, as no library does while runs need them.
    func lose(_ id: WorkflowID) { versions.withLock { $0[id] = nil } }

    /// Makes all versions of a workflow such that none can be read.
    func damage(_ id: WorkflowID) { unreadable.withLock { _ = $0.insert(id) } }

    func version(_ number: Int, of id: WorkflowID, of tenant: TenantID) async throws(Problem) -> Workflow {
        lookups.withLock { $0 += 1 }
        if unreadable.withLock({ $0.contains(id) }) { throw Problem(.invalidConfiguration, "version \(number) of workflow \(id) cannot be read") }
        guard let all = versions.withLock({ $0[id] }), all.indices.contains(number - 1) else {
            throw Problem(.notFound, "workflow not found: \(id)")
        }
        return all[number - 1]
    }
}

/// Plugins and people. By its name, a tool says what it does.
final class World: StepInvoker, RunMeter {
    struct Record: Sendable {
        var calls: [(tool: String, input: String, key: String)] = []
        var asked: [(people: [String], request: ApprovalRequest)] = []
        var announced: [RunEvent] = []
        var running = 0
        var most = 0
    }

    private let record = Mutex(Record())
    private let gate = Mutex<[CheckedContinuation<Void, Never>]>([])

    var calls: [(tool: String, input: String, key: String)] { record.withLock { $0.calls } }
    var asked: [(people: [String], request: ApprovalRequest)] { record.withLock { $0.asked } }
    var announced: [RunEvent] { record.withLock { $0.announced } }
    var most: Int { record.withLock { $0.most } }
    var held: Int { gate.withLock { $0.count } }

    func invoke(
        _ call: Call, key: String, for tenant: TenantID, keeping keep: @escaping ContentKeeper
    ) async -> PlannerEvent.Outcome {
        guard case .tool(_, let tool, let input) = call else { return .success(.null) }
        let earlier = record.withLock { record in
            record.calls.append((tool, input.text, key))
            record.running += 1
            record.most = max(record.most, record.running)
            return record.calls.count { $0.key == key } - 1
        }
        defer { record.withLock { $0.running -= 1 } }
        if tool == "list", let found = feed { return found }
        switch tool {
        case "echo": return .success(input)
        case "fail": return .failure(StepError("unreachable", "it failed"))
        case "fail-once": return earlier == 0 ? .failure(StepError("unreachable", "it failed")) : .success(input)
        case "lose": return .lost(StepError("pluginFailed", "it ended"))
        case "large": return .success(.inline("\"" + String(repeating: "x", count: Payload.limit + 1) + "\""))
        case "picture":
            do throws(Problem) {
                return .success(.inline(try await keep(Self.picture).compactText))
            } catch {
                return .failure(StepError(error))
            }
        case "hold":
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in gate.withLock { $0.append(continuation) } }
            } onCancel: {
                release()
            }
            return Task.isCancelled ? .lost(StepError("cancelled", "it was ended")) : .success(input)
        default: return .success(.inline("\"\(tool)\""))
        }
    }

    private let found = Mutex<PlannerEvent.Outcome?>(nil)

    /// What the tool `list` gives, where it is to give something else than its name.
    var feed: PlannerEvent.Outcome? {
        get { found.withLock { $0 } }
        set { found.withLock { $0 = newValue } }
    }

    /// Lets everything go on that is held.
    func release() {
        let held = gate.withLock { gate in
            defer { gate = [] }
            return gate
        }
        for continuation in held { continuation.resume() }
    }

    func forget() { release() }

    /// How often the evaluator is busy before it answers.
    private let refusals = Mutex(0)

    func refuse(_ count: Int) { refusals.withLock { $0 = count } }

    var refuses: Bool {
        refusals.withLock { refusals in
            refusals = max(-1, refusals - 1)
            return refusals >= 0
        }
    }

    /// What is kept in place of large outputs, by identifier.
    private let shelf = Mutex<[String: [UInt8]]>([:])

    /// What the tool `picture` gives, which is no text.
    static let picture: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0, 0xFF, 0xFE]

    var shelved: [String: [UInt8]] { shelf.withLock { $0 } }

    private let room = Mutex(true)

    var isFull: Bool {
        get { room.withLock { !$0 } }
        set { room.withLock { $0 = !newValue } }
    }

    /// Runs as the tenant's plan has them: how many it may have, and how many it had.
    private let account = Mutex<(most: Int, used: Int)>((.max, 0))

    var mostRuns: Int {
        get { account.withLock { $0.most } }
        set { account.withLock { $0.most = newValue } }
    }

    var countedRuns: Int { account.withLock { $0.used } }

    func keep(
        _ bytes: [UInt8], as document: DocumentID, named name: String, mediaType: String?, for tenant: TenantID
    ) async throws(Problem) -> JSONValue {
        if isFull { throw Problem(.quotaExceeded, "no room") }
        shelf.withLock { $0[document.rawValue] = bytes }
        return [
            "document": .string(document.rawValue), "name": .string(name), "mediaType": mediaType.map(JSONValue.string) ?? .null,
            "size": JSONValue(bytes.count),
        ]
    }

    func drop(_ documents: [String], of tenant: TenantID) async -> [String] {
        shelf.withLock { shelf in for id in documents { shelf[id] = nil } }
        return documents
    }

    func ask(_ people: [String], _ request: ApprovalRequest, for tenant: TenantID) async {
        record.withLock { $0.asked.append((people, request)) }
    }

    func openRuns(of tenant: TenantID) async throws(Problem) {}

    func count(runs: Int, for tenant: TenantID) throws(Problem) {
        let isLeft = account.withLock { account in
            guard account.most - account.used >= max(1, runs) else { return false }
            account.used += runs
            return true
        }
        if !isLeft { throw Problem(.quotaExceeded, "no more runs") }
    }

    func add(runs: Int, for tenant: TenantID) { account.withLock { $0.used += runs } }

    func announce(_ event: RunEvent, for tenant: TenantID) async { record.withLock { $0.announced.append(event) } }
}

/// Knows `.`, `.member`, `$trigger`, `$item`, `$nodes.name`, JSON texts, and `(PROGRAM)[]`.
struct PathEvaluator: ExpressionEvaluator {
    let world: World

    func evaluate(
        _ evaluations: [Evaluation], for tenant: TenantID
    ) async throws(Problem) -> [Result<[String], ExpressionFault>] {
        guard !world.refuses else { throw Problem(.retryLater, "everybody is busy") }
        var results: [Result<[String], ExpressionFault>] = []
        for evaluation in evaluations { results.append(try Self.value(of: evaluation)) }
        return results
    }

    private static func value(of evaluation: Evaluation) throws(Problem) -> Result<[String], ExpressionFault> {
        var program = evaluation.program.filter { $0 != "\n" && $0 != " " }
        let isItems = program.hasSuffix("[]")
        if isItems { program.removeLast(2) }
        if program.hasPrefix("("), program.hasSuffix(")") { program = String(program.dropFirst().dropLast()) }
        if program == "fault" { return .failure(ExpressionFault(.evaluation, "a fault", line: 1, column: 2)) }
        let value: JSONValue
        if let literal = try? JSONValue.parse(program) {
            value = literal
        } else {
            var parts = program.split(separator: ".").map(String.init)
            var current = try JSONValue.parse(evaluation.input)
            if let first = parts.first, first.hasPrefix("$") {
                current = try JSONValue.parse(evaluation.variables[String(first.dropFirst())] ?? "null")
                parts.removeFirst()
            }
            for part in parts { current = current[part] ?? .null }
            value = current
        }
        guard isItems else { return .success([value.compactText]) }
        let items = value.array ?? []
        return items.count > evaluation.limit
            ? .failure(ExpressionFault(.limit, "more than \(evaluation.limit) values")) : .success(items.map(\.compactText))
    }

    func check(_ programs: [String], variables: [String], for tenant: TenantID) async throws(Problem) -> [ExpressionFault?] {
        programs.map { _ in nil }
    }
}
