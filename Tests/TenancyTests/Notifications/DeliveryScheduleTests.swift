import HostTesting
import Model
import Testing

@testable import Tenancy

struct DeliveryScheduleTests {
    @Test func `ten tries take about three days`() {
        #expect(DeliverySchedule.tries == 10)
        let pauses = (1..<10).compactMap { DeliverySchedule.pause(after: $0, chance: 0.5) }
        #expect(pauses == DeliverySchedule.pauses.map(\.milliseconds))
        let hours = pauses.reduce(0, +) / 3_600_000
        #expect((72...80).contains(hours))
        #expect(DeliverySchedule.pause(after: 10, chance: 0.5) == nil)
        #expect(DeliverySchedule.pause(after: 0, chance: 0.5) == nil)
    }

    @Test func `a pause is at most a tenth shorter or longer`() throws {
        var generator = SeededGenerator(seed: 7)
        for attempt in 1..<10 {
            let whole = DeliverySchedule.pauses[attempt - 1].milliseconds
            for _ in 0..<100 {
                let pause = try #require(
                    DeliverySchedule.pause(after: attempt, chance: .random(in: 0...1, using: &generator)))
                #expect((whole * 9 / 10...whole * 11 / 10 + 1).contains(pause))
            }
        }
    }

    @Test func `what a receiver asks for puts a try off, for a day at most, and never brings it forward`() {
        #expect(DeliverySchedule.pause(after: 1, wish: 60_000, chance: 0.5) == 60_000)
        #expect(DeliverySchedule.pause(after: 1, wish: .max, chance: 0.5) == 86_400_000)
        #expect(DeliverySchedule.pause(after: 1, wish: -1, chance: 0.5) == 5000)
        #expect(DeliverySchedule.pause(after: 9, wish: 1, chance: 0.5) == 86_400_000)
    }

    @Test(arguments: [
        (DeliveryOutcome.answered(status: 200, retryAfter: nil), 1, DeliveryVerdict.delivered),
        (.answered(status: 299, retryAfter: nil), 10, .delivered),
        (.answered(status: 301, retryAfter: nil), 1, .again(in: 5000)),
        (.answered(status: 410, retryAfter: nil), 1, .disable("it answered 410 Gone")),
        (.answered(status: 429, retryAfter: 60_000), 1, .again(in: 60_000)),
        (.answered(status: 503, retryAfter: 60_000), 1, .again(in: 60_000)),
        (.answered(status: 500, retryAfter: 60_000), 1, .again(in: 5000)),
        (.failed("no answer"), 2, .again(in: 300_000)),
        (.failed("no answer"), 10, .exhausted),
    ])
    func `an outcome has one consequence`(outcome: DeliveryOutcome, attempts: Int, verdict: DeliveryVerdict) {
        #expect(DeliveryVerdict(outcome, attempts: attempts, failingFor: 0, chance: 0.5) == verdict)
    }

    @Test func `five days without a success disable a webhook, and one success does not`() {
        let long = DeliveryVerdict.longestFailure
        let failed = DeliveryVerdict(.failed("x"), attempts: 3, failingFor: long, chance: 0.5)
        #expect(failed == .disable("nothing was delivered for 5 days"))
        #expect(DeliveryVerdict(.failed("x"), attempts: 3, failingFor: long - 1, chance: 0.5) == .again(in: 1_800_000))
        #expect(DeliveryVerdict(.answered(status: 204, retryAfter: nil), attempts: 3, failingFor: long, chance: 0.5) == .delivered)
    }
}
