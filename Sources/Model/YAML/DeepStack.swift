import Glibc

/// Runs code whose recursion the input decides on a thread with a stack of known size, and waits for it.
///
/// The stacks that Dispatch, NIO or a container's limits provide differ by a factor of sixteen; here the depth that the
/// YAML parser allows (1000 levels) always fits, whoever calls.
enum DeepStack {
    static let size = 16 << 20

    static func run<Value: Sendable>(_ body: @escaping @Sendable () throws(Problem) -> Value) throws(Problem) -> Value {
        let work = Work(body)
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setstacksize(&attributes, size)

        var thread = pthread_t()
        let retained = Unmanaged.passRetained(work as AnyWork)
        let failure = pthread_create(
            &thread, &attributes,
            { argument in
                Unmanaged<AnyWork>.fromOpaque(argument!).takeRetainedValue().run()
                return nil
            }, retained.toOpaque())
        guard failure == 0 else {
            retained.release()
            throw Problem(.retryLater, "cannot start a thread", cause: String(cString: strerror(failure)))
        }
        pthread_join(thread, nil)
        return try work.outcome!.get()
    }

    private class AnyWork {
        func run() {}
    }

    private final class Work<Value>: AnyWork {
        private let body: () throws(Problem) -> Value
        var outcome: Result<Value, Problem>?

        init(_ body: @escaping () throws(Problem) -> Value) { self.body = body }

        override func run() {
            do throws(Problem) { outcome = .success(try body()) } catch { outcome = .failure(error) }
        }
    }
}
