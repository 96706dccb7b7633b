import Dispatch
import Glibc

/// The signals that steer a daemon, as a stream.
enum SignalStream {
    enum Request: Sendable {
        /// SIGTERM or SIGINT.
        case stop
        /// SIGHUP.
        case reload
    }

    /// From the call on, the process no longer ends by these signals; the stream tells of each. SIGPIPE is ignored.
    static func make() -> AsyncStream<Request> {
        Glibc.signal(SIGPIPE, SIG_IGN)
        return AsyncStream { continuation in
            let queue = DispatchQueue(label: "signals")
            let wanted: [(Int32, Request)] = [(SIGTERM, .stop), (SIGINT, .stop), (SIGHUP, .reload)]
            let sources = wanted.map { number, request in
                Glibc.signal(number, SIG_IGN)
                let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
                source.setEventHandler { continuation.yield(request) }
                source.activate()
                return SendableSource(source: source)
            }
            continuation.onTermination = { _ in for source in sources { source.source.cancel() } }
        }
    }

    /// A dispatch source may be cancelled from any thread; its protocol does not say so.
    private struct SendableSource: @unchecked Sendable {
        let source: any DispatchSourceSignal
    }
}
