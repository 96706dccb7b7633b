import Testing

@testable import cloister

struct HumanTextTests {
    @Test(arguments: [
        (0, "0s"), (59, "59s"), (60, "1m"), (62, "1m 2s"), (3600, "1h"), (7500, "2h 5m"), (86_400, "1d"),
        (273_600, "3d 4h"), (86_461, "1d"), (-5, "0s"),
    ] as [(Int64, String)])
    func `durations have two units at most`(seconds: Int64, text: String) {
        #expect(HumanText.duration(seconds: seconds) == text)
    }

    @Test(arguments: [
        (nil, "-"), (0, "0us"), (850, "850us"), (45_000, "45ms"), (1_250_000, "1.2s"), (59_990_000, "59.9s"),
        (61_000_000, "1m 1s"),
    ] as [(Int64?, String)])
    func `processor time is short at every length`(microseconds: Int64?, text: String) {
        #expect(HumanText.processorTime(microseconds: microseconds) == text)
    }

    @Test func `sizes and counts say when nothing is known`() {
        #expect(HumanText.size(nil) == "-")
        #expect(HumanText.size(1536 << 20) == "1.5GiB")
        #expect(HumanText.cores(2) == "2")
        #expect(HumanText.cores(0.25) == "0.25")
    }
}
