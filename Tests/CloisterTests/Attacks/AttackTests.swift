import Glibc
import HostTesting
import Testing

@testable import cloister

/// The penetration list, on the kernel that the tests run on.
@Suite(.serialized, .timeLimit(.minutes(5))) struct AttackTests {
    private var installation: Installation {
        var configuration = DaemonConfiguration()
        configuration.profiles = Built.root + "/sandbox-profiles"
        return Installation(folder: Built.folder, configuration: configuration)
    }

    @Test func `every attempt of the list is held`() async throws {
        let outcomes = try await AttackRun.run(installation: installation)
        let numbers = Set(outcomes.map(\.number))
        #expect(numbers.isSuperset(of: 1...45))
        #expect(outcomes.count { $0.title.hasSuffix("with a way out") } == 4)
        #expect(numbers.isSuperset(of: [46, 47, 48, 49, 50, 51, 54, 55, 56, 57, 58, 59, 60]))
        for outcome in outcomes {
            #expect(outcome.holds, "\(outcome.number) \(outcome.title): expected \(outcome.expected), got \(outcome.got)")
        }
    }
}
