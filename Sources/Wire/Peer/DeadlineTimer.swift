import NIOCore

/// One scheduled task for the earliest of many deadlines.
///
/// It is moved only when an earlier deadline comes. When it goes off too early, because the call it was for has ended,
/// it is set again: at most once per call, and usually once per deadline's length.
struct DeadlineTimer {
    private var scheduled: Scheduled<Void>?
    private var time: NIODeadline?

    /// Whether it goes off at `deadline` or before as it is.
    func covers(_ deadline: NIODeadline) -> Bool {
        if let time { time <= deadline } else { false }
    }

    /// Moves it to `deadline`.
    mutating func set(_ deadline: NIODeadline, on eventLoop: any EventLoop, _ action: @escaping () -> Void) {
        scheduled?.cancel()
        time = deadline
        scheduled = eventLoop.assumeIsolated().scheduleTask(deadline: deadline, action)
    }

    /// To be called first by the action.
    mutating func wentOff() {
        scheduled = nil
        time = nil
    }

    mutating func cancel() {
        scheduled?.cancel()
        wentOff()
    }
}
