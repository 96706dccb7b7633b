import Logging
import Model
import NIOCore
import Supervisor
import Workflows

/// Evaluates expressions in sealed workers, which are given to tenants and never handed on.
///
/// A program that breaks its worker ends its own evaluation. Where the worker could not say which one that was, what it
/// had been given is done again by others, one evaluation after the other.
actor ExpressionWorkers: ExpressionEvaluator {
    static let plugin = PluginID(unchecked: "expressions")
    /// Shown as the tenant of workers. What they serve changes with time, and it is a tenant's own only from then on. No
    /// tenant can be called so: what ends with a tenant never ends with them.
    static let tenant = TenantID(unchecked: "_workers")
    /// Until a message must be answered: what a worker takes for one, and an evaluation that begins last, on a machine
    /// that is busy with something else.
    private static let messageTime = Duration.seconds(20)

    private let supervisor: Supervisor
    private let blueprint: WorkerBlueprint
    private let limits: WorkerRota.Limits
    private let logger: Logger
    private var rota: WorkerRota
    private var pools: [Int: ChildPool] = [:]
    private var lastTicket = 0
    private var waiting: [Int: CheckedContinuation<Result<Int, Problem>, Never>] = [:]
    private var watch: Task<Void, Never>?
    private var failure: Problem?
    private var isShutDown = false

    init(_ supervisor: Supervisor, _ blueprint: WorkerBlueprint, limits: WorkerRota.Limits = WorkerRota.Limits(), logger: Logger) {
        self.supervisor = supervisor
        self.blueprint = blueprint
        self.limits = limits
        self.logger = logger
        rota = WorkerRota(limits)
    }

    nonisolated func evaluate(
        _ evaluations: [Evaluation], for tenant: TenantID
    ) async throws(Problem) -> [Result<[String], ExpressionFault>] {
        try await results(of: ExpressionWork(evaluations), for: tenant)
    }

    nonisolated func check(_ programs: [String], variables: [String], for tenant: TenantID) async throws(Problem) -> [ExpressionFault?] {
        let results = try await results(of: ExpressionWork(checking: programs, variables: variables), for: tenant)
        return results.map { result in
            if case .failure(let fault) = result { fault } else { nil }
        }
    }

    /// Refuses who waits, and whatever comes later. The supervisor ends the workers with the other children.
    func shutDown() {
        isShutDown = true
        watch?.cancel()
        carryOut(rota.refuseAll())
    }

    private nonisolated func results(
        of work: ExpressionWork, for tenant: TenantID
    ) async throws(Problem) -> [Result<[String], ExpressionFault>] {
        var results: [Result<[String], ExpressionFault>] = []
        // What was in a message when a worker ended without a word, and goes out one by one.
        var suspects = 0
        var attempts = 0
        while results.count < work.count {
            if let refusal = work.refusal(of: results.count) {
                results.append(.failure(refusal))
                suspects = max(0, suspects - 1)
                continue
            }
            let batch = work.batch(from: results.count, alone: suspects > 0)
            switch try await attempt(work, batch, for: tenant) {
            case .answered(let some):
                results += some
                suspects = max(0, suspects - some.count)
                attempts = 0
            case .ended(let end) where batch.count == 1:
                attempts += 1
                // Somebody else may have ended it; who ends two in a row is the cause.
                guard end.isCertain || attempts > 1 else { continue }
                results.append(.failure(end.fault))
                suspects = max(0, suspects - 1)
                attempts = 0
            case .ended: suspects = batch.count
            }
        }
        return results
    }

    private enum Outcome {
        /// At least one result, perhaps fewer than asked for.
        case answered([Result<[String], ExpressionFault>])
        case ended(WorkerEnd)
    }

    private nonisolated func attempt(
        _ work: ExpressionWork, _ batch: Range<Int>, for tenant: TenantID
    ) async throws(Problem) -> Outcome {
        let (worker, pool) = try await lease(for: tenant)
        do throws(Problem) {
            let bytes = try await pool.call(
                work.method, ByteBuffer(bytes: work.parameters(batch).bytes), deadline: Self.messageTime)
            let answer = try ExpressionAnswer(Array(bytes.readableBytesView), to: batch.count)
            await release(worker, isUsable: !answer.hasEnded)
            return .answered(answer.results)
        } catch {
            // Before its end is waited for: what it does now nobody needs.
            if error.code != .shuttingDown {
                await pool.condemn(ExitReason(.deadline, "ended: \(error.message)"))
            }
            let end = WorkerEnd(error, await pool.status().lastEnd?.reason)
            await release(worker, isUsable: false)
            guard error.code != .cancelled, error.code != .shuttingDown else { throw error }
            logger.notice("a worker ended: \(error.message)", metadata: ["tenant": "\(tenant)"])
            return .ended(end)
        }
    }
}

extension ExpressionWorkers {
    /// A worker of the tenant's; `release` must follow.
    private func lease(for tenant: TenantID) async throws(Problem) -> (worker: Int, pool: ChildPool) {
        guard !isShutDown else { throw Problem(.shuttingDown, "the daemon is shutting down") }
        lastTicket += 1
        let ticket = lastTicket
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Result<Int, Problem>, Never>) in
                guard !Task.isCancelled else { return continuation.resume(returning: .failure(Self.cancelled)) }
                waiting[ticket] = continuation
                do throws(Problem) {
                    carryOut(try rota.ask(ticket, for: tenant))
                } catch {
                    waiting.removeValue(forKey: ticket)?.resume(returning: .failure(error))
                }
            }
        } onCancel: {
            Task { await self.withdraw(ticket, of: tenant) }
        }
        let worker = try result.get()
        guard let pool = pools[worker] else { throw Problem(.internalFault, "worker \(worker) is granted and not there") }
        return (worker, pool)
    }

    private static var cancelled: Problem { Problem(.cancelled, "cancelled while waiting for a worker") }

    private func withdraw(_ ticket: Int, of tenant: TenantID) {
        guard rota.withdraw(ticket, of: tenant) else { return }
        waiting.removeValue(forKey: ticket)?.resume(returning: .failure(Self.cancelled))
    }

    private func release(_ worker: Int, isUsable: Bool) {
        carryOut(rota.release(worker, isUsable: isUsable, at: Self.now))
    }

    private static let origin = ContinuousClock.now
    private static var now: Duration { ContinuousClock.now - origin }

    private func carryOut(_ effects: [WorkerRota.Effect]) {
        for effect in effects {
            switch effect {
            case .start(let worker): Task { await start(worker) }
            case .stop(let worker): Task { await stop(worker) }
            case .grant(let ticket, let worker): waiting.removeValue(forKey: ticket)?.resume(returning: .success(worker))
            case .refuse(let ticket):
                let problem = isShutDown
                    ? Problem(.shuttingDown, "the daemon is shutting down")
                    : failure ?? Problem(.retryLater, "no worker for expressions")
                waiting.removeValue(forKey: ticket)?.resume(returning: .failure(problem))
            }
        }
        if watch == nil, rota.count > 0, !isShutDown { watch = Task { await keepWatch() } }
    }

    private func start(_ worker: Int) async {
        let pool = await supervisor.makeSingle(of: Self.plugin, for: Self.tenant, instance: worker, blueprint: blueprint)
        pools[worker] = pool
        do throws(Problem) {
            guard !isShutDown else { throw Problem(.shuttingDown, "the daemon is shutting down") }
            try await pool.warm()
            carryOut(rota.started(worker))
        } catch {
            failure = Problem(.unreachable, "no worker for expressions starts", hint: "see cloister doctor", cause: "\(error)")
            if !isShutDown { logger.error("a worker for expressions does not start: \(error)") }
            await stop(worker)
        }
    }

    private func stop(_ worker: Int) async {
        if let pool = pools[worker] { await supervisor.discard(pool) }
        pools[worker] = nil
        carryOut(rota.gone(worker))
    }

    /// Ends workers that have been idle, for as long as there are any.
    private func keepWatch() async {
        while rota.count > 0, (try? await Task.sleep(for: max(.milliseconds(50), limits.idle / 4))) != nil {
            carryOut(rota.look(at: Self.now))
        }
        watch = nil
    }
}

/// What ended a worker in the middle of a message.
private struct WorkerEnd {
    let fault: ExpressionFault
    /// The evaluation is the cause; nobody else could have been.
    let isCertain: Bool

    init(_ problem: Problem, _ reason: ExitReason?) {
        switch (problem.code, reason?.kind) {
        case (.deadlineExceeded, _):
            (fault, isCertain) = (ExpressionFault(.limit, "the program ran out of time"), true)
        case (_, .outOfMemory):
            (fault, isCertain) = (ExpressionFault(.limit, "the program ran out of memory"), true)
        default:
            (fault, isCertain) = (ExpressionFault(.limit, "the program broke the interpreter and was ended"), false)
        }
    }
}
