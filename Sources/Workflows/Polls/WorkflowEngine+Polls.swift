import Logging
import Model
import Store

/// A trigger that asks at this moment.
struct PollPlace: Hashable, Sendable {
    let tenant: TenantID
    let workflow: WorkflowID
    let node: NodeID
}

/// Runs that are begun for items of the outside.
///
/// The runs of a poll, what is known of its items and the cursor are stored in one transaction: a daemon that dies before it asks
/// for the same again, one that dies after it goes on behind it.
extension WorkflowEngine {
    /// Triggers of one tenant that ask at once.
    static let pollWidth = 4

    /// Begins the polls of a tenant that are due, each in a task of its own: a tool that takes long holds up no schedule.
    func beginPolls(of tenant: TenantID, at now: Int64) async throws(Problem) {
        let due = try await store.tenant(tenant).read { try PollQueries.due(at: now, in: $0) }
        for record in due where !isStopped {
            let place = PollPlace(tenant: tenant, workflow: record.workflow, node: record.node)
            guard polling.count(where: { $0.tenant == tenant }) < Self.pollWidth else { return }
            guard polling.insert(place).inserted else { continue }
            Task {
                await poll(record, at: now, of: tenant)
                polling.remove(place)
                await lookAtSchedules(of: tenant)
            }
        }
    }

    /// As above, and returns when they are over.
    func pollAll(of tenant: TenantID, at now: Int64) async {
        guard let due = try? await store.tenant(tenant).read({ try PollQueries.due(at: now, in: $0) }) else { return }
        for record in due { await poll(record, at: now, of: tenant) }
    }

    private func poll(_ record: PollRecord, at now: Int64, of tenant: TenantID) async {
        let name = "trigger \(record.node) of workflow \(record.workflow) of tenant \(tenant)"
        do throws(Problem) {
            let store = try await store.tenant(tenant)
            guard startsByItself(tenant) else {
                let next = (try? record.pace.next(after: now)) ?? now + PollPace.longestPause
                return try await store.write { try PollQueries.pass(record, next: next, in: $0) }
            }
            do throws(StepError) {
                try await ask(record, at: now, of: tenant, store)
            } catch {
                guard !isStopped else { return }
                logger.error("\(name) learns nothing: \(error.message)")
                let next = now + max(record.pace.pause(after: record.failures), min(error.pause ?? 0, PollPace.longest.milliseconds))
                let message = "\(error.code): \(error.message)"
                try await store.write { try PollQueries.fail(record, message, next: next, in: $0) }
            }
        } catch {
            guard error.code != .notFound, !isStopped else { return }
            logger.error("\(name) waits: \(error)")
        }
    }

    private func ask(_ record: PollRecord, at now: Int64, of tenant: TenantID, _ store: TenantStore) async throws(StepError) {
        let version: Int
        let workflow: Workflow
        let later: Int64
        do throws(Problem) {
            (version, workflow) = try await source.published(record.workflow, of: tenant)
            // Before anything is asked: what a machine without the zone finds could not be settled.
            later = try record.pace.next(after: now)
        } catch {
            throw StepError(error)
        }
        guard case .trigger(.poll(let poll))? = workflow.nodes.first(where: { $0.id == record.node })?.kind else {
            throw StepError("notFound", "version \(version) has no such trigger")
        }
        let reader = PollReader(evaluator: evaluator, tenant: tenant, variables: workflow.settings.variables.compactText)
        let input = try await reader.value(of: poll.input, "input", from: #"{"cursor":\#(record.cursor ?? "null")}"#)
        let key = StepIdentity.digest([tenant.rawValue, record.workflow.rawValue, record.node.rawValue, "\(record.due)"])
        let output = try await call(.tool(plugin: poll.plugin, tool: poll.tool, input: .inline(input)), key: key, for: tenant)
        let items = try await reader.items(poll, in: output)
        var cursor = record.cursor
        if let template = poll.cursor { cursor = try await reader.value(of: template, "cursor", from: output) }
        guard (cursor?.utf8.count ?? 0) <= 65_536 else { throw .tooLarge("cursor") }
        do throws(Problem) {
            let known = try await store.read { try PollQueries.known(items.map(\.id), of: record, in: $0) }
            let fresh = record.first == .now ? [] : items.filter { !known.contains($0.id) }
            let taken = fresh.prefix(poll.limit)
            // What is left is found again from where this one began.
            let isLeft = taken.count < fresh.count
            let next = isLeft ? now + 1000 : later
            let left = Set(fresh.dropFirst(poll.limit).map(\.id))
            let (seen, position) = (items.map(\.id).filter { !left.contains($0) }, isLeft ? record.cursor : cursor)
            var runs: [(run: Run, origin: RunOrigin)] = []
            for item in taken { runs.append(try await prepare(item, record, version, workflow, of: tenant)) }
            try await self.runs(of: tenant).accept(runs) { try PollQueries.settle(record, seen, cursor: position, next: next, at: now, in: $0) }
        } catch {
            throw StepError(error)
        }
    }

    private func prepare(
        _ item: PollReader.Item, _ record: PollRecord, _ version: Int, _ workflow: Workflow, of tenant: TenantID
    ) async throws(Problem) -> (run: Run, origin: RunOrigin) {
        let run = Run(
            id: .random(), workflow: record.workflow, version: version, trigger: record.node, input: .inline(item.text), began: Moment.now)
        var origin = RunOrigin()
        // No caller's key begins with a control character.
        origin.deduplication = "\u{1}poll \(record.node) \(record.source) \(item.id)"
        let answering = Answering(evaluator: evaluator, tenant: tenant)
        origin.concurrency = try await answering.concurrency(of: workflow, run)
        origin.throttle = try await answering.throttle(of: workflow, run)
        origin.debounce = try await answering.debounce(of: workflow, run)
        return (run, origin)
    }

    private func call(_ call: Call, key: String, for tenant: TenantID) async throws(StepError) -> String {
        await dispatcher.enter(tenant, priority: 0)
        let outcome = await dispatcher.perform(call, key: key, for: tenant) { _ throws(Problem) in
            throw Problem(.unsupported, "what a poll asks for is JSON", hint: "have the tool keep a document and name it")
        }
        await dispatcher.leave(tenant)
        switch outcome {
        case .success(let output): return output.text
        case .failure(let error), .lost(let error): throw error
        }
    }
}

/// Reads what a tool gave.
struct PollReader: Sendable {
    /// What a run is begun with, and what it is known by.
    struct Item: Sendable, Hashable {
        let id: String
        let text: String
    }

    let evaluator: any ExpressionEvaluator
    let tenant: TenantID
    /// JSON text of `$vars`.
    let variables: String

    func value(of template: Template, _ name: String, from input: String) async throws(StepError) -> String {
        let programs = template.programs
        let values = try await evaluate(programs.map { Evaluation($0, input: input, variables: ["vars": variables]) }, name)
        let texts = values.compactMap(\.first)
        guard texts.count == programs.count else { throw StepError(StepError.expressionCode, "\(name): an expression gave no value") }
        return template.text(filledWith: texts)
    }

    /// The items in their order, each once.
    func items(_ poll: PollTrigger, in output: String) async throws(StepError) -> [Item] {
        let programs = poll.items.programs.map { "(\($0)\n)[]" }
        let found = try await evaluate(
            programs.map { Evaluation($0, input: output, variables: ["vars": variables], limit: PollRecord.items) }, "items"
        ).first ?? []
        var items: [Item] = []
        var known: Set<String> = []
        for start in stride(from: 0, to: found.count, by: 100) {
            let texts = found[start..<min(start + 100, found.count)]
            let values = try await evaluate(
                texts.flatMap { text in poll.id.programs.map { Evaluation($0, input: text, variables: ["vars": variables]) } }, "id")
            for (text, value) in zip(texts, values) {
                guard let value = value.first, value != "null" else { throw StepError(StepError.expressionCode, "id: an item has none") }
                guard text.utf8.count <= Payload.limit else { throw .tooLarge("an item") }
                let id = StepIdentity.digest([value])
                if known.insert(id).inserted { items.append(Item(id: id, text: text)) }
            }
        }
        return items
    }

    private func evaluate(_ evaluations: [Evaluation], _ name: String) async throws(StepError) -> [[String]] {
        guard !evaluations.isEmpty else { return [] }
        let results: [Result<[String], ExpressionFault>]
        do throws(Problem) { results = try await evaluator.evaluate(evaluations, for: tenant) } catch { throw StepError(error) }
        guard results.count == evaluations.count else { throw StepError("internalFault", "the evaluator lost an expression") }
        var values: [[String]] = []
        for result in results {
            switch result {
            case .success(let given): values.append(given)
            case .failure(let fault): throw StepError(StepError.expressionCode, "\(name): \(fault.message)")
            }
        }
        return values
    }
}
