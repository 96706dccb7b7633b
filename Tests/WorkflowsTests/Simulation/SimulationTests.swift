import Model
import Testing
import Workflows

@Suite struct SimulationTests {
    /// The seeds that run every time. One that ever found something stays among `found`.
    static let seeds: Range<UInt64> = 0..<3000

    @Test func `whatever is killed, lost, doubled or late, what must hold holds`() throws {
        var ended: [Run.State: Int] = [:]
        var kills = 0
        for seed in Self.seeds {
            var simulation = try Simulation(seed: seed)
            simulation.finish()
            #expect(simulation.broken.isEmpty, "seed \(seed): \(simulation.broken) \(simulation.source.compactText)")
            ended[simulation.state, default: 0] += 1
            if simulation.wasKilled { kills += 1 }
            if !simulation.broken.isEmpty { break }
        }
        // A simulation in which all end alike, or nothing is ever killed, shows nothing.
        #expect(ended[.succeeded, default: 0] > 500)
        #expect(ended[.failed, default: 0] > 100)
        #expect(kills > 500)
    }

    @Test func `a history that was recorded gives the same run again`() throws {
        var replayed = 0
        for seed in UInt64(0)..<300 {
            var simulation = try Simulation(seed: seed)
            simulation.finish()
            guard !simulation.wasKilled else { continue }
            replayed += 1
            #expect(simulation.replayed == simulation.run, "seed \(seed)")
        }
        #expect(replayed > 50)
    }

    @Test func `the same seed gives the same run to the last step`() throws {
        for seed in UInt64(0)..<50 {
            var first = try Simulation(seed: seed)
            var second = try Simulation(seed: seed)
            first.finish()
            second.finish()
            #expect(first.run == second.run)
            #expect(first.steps == second.steps)
        }
    }
}
