import Control
import Model

/// What the daemon weighs: idle, and more for each running child.
struct MemoryBenchmark: Benchmark {
    private static let children = 50

    func run(_ installation: Installation) async throws -> [BenchmarkReport.Figure] {
        let peer = try installation.peer
        return try await ScratchDaemon.with(installation) { daemon in
            let tenant = try TenantID("memory")
            _ = try await daemon.send(
                .tenantCreate(tenant, name: nil, QuotaChange(memory: .gibibytes(8), processes: 4000)))
            try await Task.sleep(for: .seconds(2))
            let idle = Memory.resident(of: String(daemon.process))
            // The first child brings in what all of them share: the compiled filter, the profile, code pages.
            try await daemon.run(peer, as: "child-0", arguments: ["echo"], for: tenant)
            try await Task.sleep(for: .seconds(1))
            let first = Memory.resident(of: String(daemon.process))
            for number in 1...Self.children {
                try await daemon.run(peer, as: "child-\(number)", arguments: ["echo"], for: tenant)
            }
            try await Task.sleep(for: .seconds(2))
            let many = Memory.resident(of: String(daemon.process))
            return [
                BenchmarkReport.Figure(
                    name: "memory.idle", unit: "MiB", value: Double(idle) / 1_048_576, target: .valueAtMost(48)),
                BenchmarkReport.Figure(
                    name: "memory.child", unit: "KiB", value: Double(many - first) / 1024 / Double(Self.children),
                    target: .valueAtMost(256)),
            ]
        }
    }
}
