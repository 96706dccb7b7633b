import Glibc
import Model
import Plugins
import Sandbox
import Supervisor

/// A fully sealed `/bin/true`, from the request to its end, beside bubblewrap with the same binds.
///
/// Bubblewrap does less: it has no system call filter, no Landlock and no control group here.
struct SpawnBenchmark: Benchmark {
    static let rounds = 200

    func run(_ installation: Installation) async throws -> [BenchmarkReport.Figure] {
        try await ScratchHost.with(installation) { host in
            let plugin = try host.plugin("spawn", program: try installation.probe)
            let plan = plugin.sandbox.plan(command: ["/bin/true"], folders: plugin.folders)
            let (tenant, id) = (try TenantID("scratch"), try PluginID("spawn"))
            var ours = Samples()
            var theirs = Samples()
            for round in 0..<(Self.rounds + 10) {
                let mine = try await SealedProcess.time(host.launcher, plan) { () throws(Problem) in
                    try host.groups?.makeGroup(
                        tenant: tenant, plugin: id, instance: round, limits: ControlGroupLimits(plugin.limits),
                        quota: .ordinary)
                }
                let other = try PlainProcess.time("/usr/bin/bwrap", Self.bubblewrap(plugin))
                // The first ones warm the page cache.
                guard round >= 10 else { continue }
                ours.add(mine)
                theirs.add(other)
            }
            return [
                BenchmarkReport.Figure(
                    name: "spawn.p50", unit: "ms", value: ours.percentile(0.5) / 1000, peer: "bwrap",
                    peerValue: theirs.percentile(0.5) / 1000, target: .ratioAtMost(1)),
                BenchmarkReport.Figure(
                    name: "spawn.p99", unit: "ms", value: ours.percentile(0.99) / 1000, peer: "bwrap",
                    peerValue: theirs.percentile(0.99) / 1000),
            ]
        }
    }

    private static func bubblewrap(_ plugin: ScratchPlugin) -> [String] {
        var arguments = ["--unshare-all", "--die-with-parent", "--hostname", "cloister"]
        for entry in plugin.sandbox.system.entries {
            switch entry {
            case .folder(let name): arguments += ["--ro-bind", "/" + name, "/" + name]
            case .link(let name, let target): arguments += ["--symlink", target, "/" + name]
            }
        }
        arguments += ["--ro-bind", plugin.folders.plugin, "/plugin", "--bind", plugin.folders.data, "/data"]
        arguments += ["--ro-bind", plugin.folders.exchangeIn, "/exchange/in"]
        arguments += ["--bind", plugin.folders.exchangeOut, "/exchange/out"]
        return arguments + ["--tmpfs", "/tmp", "--dev", "/dev", "--proc", "/proc", "--chdir", "/plugin", "/bin/true"]
    }
}

/// A process without a sandbox of ours, for comparison.
enum PlainProcess {
    /// From posix_spawn to its end; throws when it does not exit with 0.
    static func time(_ program: String, _ arguments: [String]) throws(Problem) -> Duration {
        let start = ContinuousClock.now
        let status = try ProcessRun.status(program, arguments)
        let time = ContinuousClock.now - start
        guard status == 0 else {
            throw Problem(.unsupported, "\(program) ended with \(status)", hint: "apt-get install bubblewrap")
        }
        return time
    }
}

/// One launch without a supervisor.
enum SealedProcess {
    static func time(
        _ launcher: Launcher, _ plan: LaunchPlan, group: @escaping @Sendable () throws(Problem) -> ControlGroup?
    ) async throws(Problem) -> Duration {
        let result: Result<(Duration, ControlGroup?), Problem> = await withCheckedContinuation { continuation in
            launcher.submit {
                do throws(Problem) {
                    let start = ContinuousClock.now
                    let group = try group()
                    let started = try launcher.launchNow(plan, group: group?.descriptor)
                    let process = started.process
                    let ends = started.take()
                    var bytes = [UInt8](repeating: 0, count: 4096)
                    while read(ends.status, &bytes, bytes.count) > 0 {}
                    var waitStatus: Int32 = 0
                    while waitpid(process, &waitStatus, 0) < 0, errno == EINTR {}
                    let time = ContinuousClock.now - start
                    for descriptor in [ends.input, ends.output, ends.errors, ends.status] { close(descriptor) }
                    continuation.resume(returning: .success((time, group)))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        let (time, group) = try result.get()
        group?.remove()
        return time
    }
}
