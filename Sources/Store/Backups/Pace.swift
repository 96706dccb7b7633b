import Glibc

/// Leaves the disk and the processor to others for as long as it kept them itself, a little at a time.
struct Pace {
    private static let longest: Int64 = 100_000_000
    private var since = Pace.now

    /// Called after each small piece of work. Blocks.
    mutating func rest() {
        let work = min(Self.longest, max(0, Self.now - since))
        var time = timespec(tv_sec: 0, tv_nsec: Int(work))
        nanosleep(&time, nil)
        since = Self.now
    }

    private static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
