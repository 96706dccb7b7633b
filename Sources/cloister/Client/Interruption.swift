import Dispatch
import Glibc

/// The signal that ended a command early.
struct Interruption: Error {
    let signal: Int32

    /// Ends the process by the signal itself, as shells and service managers expect of a program that was interrupted.
    func end() -> Never {
        Glibc.signal(signal, SIG_DFL)
        // The library that watched for the signal has blocked it on its own threads, and this may be one of them.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, signal)
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
        raise(signal)
        exit(128 + signal)
    }

    /// Runs `body`; on Ctrl-C or SIGTERM its task is cancelled, so that it can tell the daemon, and `Interruption` is
    /// thrown when it has ended. A second signal ends the process at once.
    static func cancelling(_ body: @Sendable @escaping () async throws -> Void) async throws {
        let (signals, continuation) = AsyncStream<Int32>.makeStream()
        let sources = [SIGINT, SIGTERM].map { number in
            // A source only sees signals that the process does not die of.
            Glibc.signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number)
            source.setEventHandler {
                Glibc.signal(number, SIG_DFL)
                continuation.yield(number)
            }
            source.resume()
            return source
        }
        defer { sources.forEach { $0.cancel() } }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await body() }
            group.addTask {
                for await signal in signals { throw Interruption(signal: signal) }
            }
            try await group.next()
            group.cancelAll()
        }
    }
}
