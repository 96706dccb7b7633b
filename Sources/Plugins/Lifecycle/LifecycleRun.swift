import Model
import Store

/// Carries out the effects of one operation, in the order that `LifecycleMachine` decides.
actor LifecycleRun {
    private let job: LifecycleJob
    private let host: PluginHost
    private let shelf: PackageShelf
    private let sweep: @Sendable () async throws(Problem) -> Void
    private let step: @Sendable (String) -> Void
    private var machine = LifecycleMachine()
    private var candidate: HostedPlugin?
    private var failure: Problem?
    private var isHolding = false
    private var isAbandoned = false

    init(
        _ job: LifecycleJob, host: PluginHost, shelf: PackageShelf, step: @escaping @Sendable (String) -> Void,
        sweep: @escaping @Sendable () async throws(Problem) -> Void
    ) {
        self.job = job
        self.host = host
        self.shelf = shelf
        self.step = step
        self.sweep = sweep
    }

    /// Returns when the operation is done, or throws why nothing has changed.
    func begin() async throws(Problem) {
        try await run(machine.handle(.begin(job.operation, isRunning: job.isRunning)))
    }

    /// Brings what an earlier daemon left half done to its end: back, or for an uninstallation, on.
    func resume() async throws(Problem) {
        failure = Problem(.cancelled, "the daemon ended meanwhile")
        try await run(machine.handle(.resume(job.operation)))
    }

    private func run(_ first: LifecycleMachine.Next) async throws(Problem) {
        if let target = job.operation.target {
            shelf.hold(target)
            isHolding = true
        }
        defer { letGo() }
        var next = first
        while case .effect(let effect) = next {
            step("\(job.operation.name).\(effect.rawValue).before")
            do throws(Problem) {
                try await carryOut(effect)
                step("\(job.operation.name).\(effect.rawValue)")
                next = machine.handle(.done)
            } catch {
                failure = error
                next = machine.handle(.failed(error))
            }
        }
        if case .end(let problem?) = next { throw problem }
        if !isAbandoned { host.announce(job.operation.event, of: job.plugin, for: job.store.id) }
    }

    private func carryOut(_ effect: LifecycleMachine.Effect) async throws(Problem) {
        switch effect {
        case .recordIntent: try await LifecycleJournal.record(job.operation, of: job.plugin, in: job.store)
        case .stage: try await stage()
        case .startCandidate: try await startCandidate()
        case .commit: try await commit()
        case .switchOver: if let candidate { await host.adopt(candidate) }
        case .abandon: try await abandon()
        case .stop: await host.retire(job.plugin, for: job.store.id)
        case .purge: try await host.purge(job.plugin, of: job.store) { [step] in step("uninstall.purge.\($0)") }
        case .forget: try await forget()
        case .sweep:
            // By now the database says whether the package is needed.
            letGo()
            try await sweep()
        }
    }

    private func letGo() {
        guard isHolding, let target = job.operation.target else { return }
        shelf.letGo(target)
        isHolding = false
    }

    private func stage() async throws(Problem) {
        guard let target = job.operation.target else { return }
        let (shelf, file) = (shelf, job.package)
        try await Blocking.run { () throws(Problem) in
            if let file { return try shelf.put(file) }
            guard shelf.contains(target) else {
                throw Problem(.notFound, "package \(target) is not on this host any more", hint: "install its file again")
            }
        }
    }

    private func startCandidate() async throws(Problem) {
        guard let target = job.operation.target else { return }
        var registration = PluginRegistration(
            plugin: job.plugin, folder: shelf.place(of: target), configuration: job.configuration, registered: 0)
        registration.digest = target
        candidate = try await host.tryOut(registration, of: job.store)
    }

    private func commit() async throws(Problem) {
        let (job, step) = (job, step)
        guard let target = job.operation.target, let manifest = job.manifest else { return }
        try await job.store.write { database in
            if case .install = job.operation {
                try PluginRegistration.insert(job.plugin, target, configuration: job.configuration, database)
                try KeptData.forget(job.plugin, database)
            } else {
                try PluginRegistration.setVersion(target, configuration: job.configuration, of: job.plugin, database)
            }
            step("\(job.operation.name).commit.inside")
            try PluginRelease.putInForce(
                target, manifest.version, job.signers, job.configuration, of: job.plugin, database)
            try job.grant?.write(to: database)
            try LifecycleJournal.drop(job.plugin, database)
        }
        if job.grant != nil { try await host.grants.load(job.plugin, in: job.store) }
    }

    private func abandon() async throws(Problem) {
        isAbandoned = true
        if let candidate { await host.discard(candidate) }
        let (job, failure) = (job, failure)
        try await job.store.write { database in
            if let failure, case .update = job.operation {
                let what = job.manifest.map { "version \($0.version)" } ?? "an update"
                try PluginRegistration.setNotice("\(what) was not put in force: \(failure)", of: job.plugin, database)
            }
            try LifecycleJournal.drop(job.plugin, database)
        }
    }

    private func forget() async throws(Problem) {
        let job = job
        try await job.store.write { database in
            try KeptData.remember(job.plugin, database)
            try PluginRegistration.forget(job.plugin, database)
            if case .uninstall(purges: true) = job.operation {
                try KeptData.forget(job.plugin, database)
                try PluginStorageSchema.remove(job.plugin, from: database)
            }
        }
        host.grants.unload(job.plugin, for: job.store.id)
    }
}
