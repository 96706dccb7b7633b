import Testing

@testable import Supervisor

struct RestartIntensityTests {
    @Test func `delays double up to the longest`() {
        var policy = RestartIntensity.Policy()
        policy.failures = 100
        policy.longestDelay = .seconds(1)
        var intensity = RestartIntensity(policy)
        let delays = (0..<6).map { second in intensity.failed(at: .seconds(second)) }
        #expect(delays == [100, 200, 400, 800, 1000, 1000].map { .retry(after: .milliseconds($0)) })
    }

    @Test func `the failure that fills the window is the last`() {
        var intensity = RestartIntensity()
        for second in 0..<7 {
            guard case .retry = intensity.failed(at: .seconds(second)) else {
                Issue.record("gave up after \(second + 1)")
                return
            }
        }
        #expect(intensity.failed(at: .seconds(8)) == .giveUp(failures: 8, within: .seconds(600)))
    }

    @Test func `failures older than the window do not count`() {
        var intensity = RestartIntensity()
        for second in 0..<7 { _ = intensity.failed(at: .seconds(second)) }
        #expect(intensity.failed(at: .seconds(700)) == .retry(after: .milliseconds(100)))
    }

    @Test func `what is forgotten does not count`() {
        var intensity = RestartIntensity()
        for second in 0..<7 { _ = intensity.failed(at: .seconds(second)) }
        intensity.forget()
        #expect(intensity.failed(at: .seconds(7)) == .retry(after: .milliseconds(100)))
    }
}
