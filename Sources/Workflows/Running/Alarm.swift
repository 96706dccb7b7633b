import Store

enum Alarm {
    /// Returns when the clock on the wall has reached `due` (milliseconds since 1970), also when it was set meanwhile, or when
    /// the task is cancelled.
    static func wait(until due: Int64) async {
        while !Task.isCancelled {
            let left = due - Moment.now
            guard left > 0 else { return }
            // A long sleep may end late by a tenth: the last part is slept for itself.
            try? await Task.sleep(for: .milliseconds(left > 10 ? min(left * 3 / 4, 10_000) : left))
        }
    }
}
