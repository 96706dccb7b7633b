#if DEBUG
    import Glibc
#endif

/// Lets tests see what is left when the daemon dies between two steps of a change.
///
/// A debug build ends itself with SIGKILL at the step that `CLOISTER_TEST_KILL` names: `update.commit`, `stage.file:3` for
/// the third time that this step is taken, `*:7` for the seventh step of any name. A release build holds nothing of it, so
/// that no environment, however it came about, can end an installed daemon.
enum FaultInjection {
    #if DEBUG
        static let step: @Sendable (String) -> Void = {
            guard let text = getenv("CLOISTER_TEST_KILL").map({ String(cString: $0) }), !text.isEmpty else { return { _ in } }
            let parts = text.split(separator: ":")
            let (name, turn) = (String(parts[0]), parts.count > 1 ? Int(parts[1]) ?? 1 : 1)
            let countdown = Countdown(turn)
            return { step in
                if name == "*" || step == name, countdown.isOver() { kill(getpid(), SIGKILL) }
            }
        }()
    #else
        static let step: @Sendable (String) -> Void = { _ in }
    #endif
}
