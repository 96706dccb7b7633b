import Store

enum Alarm {
    /// Returns when the clock on the wall has reached `due` (milliseconds since 1970), also when it was set meanwhile, or when
    /// the task is cancelled.
    static func wait(until due: Int64) async {
        while Moment.now < due, !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(min(max(1, due - Moment.now), 10_000)))
        }
    }
}
