import Glibc

/// The thread on which libjq runs, with a stack of a known place and size: it recurses over nested values.
enum EvaluatorThread {
    private static let stackBytes = 16 << 20
    private static let guardBytes = 64 << 10

    /// `body` gets the addresses of the stack, the guard below it included.
    static func start(_ body: @escaping @Sendable (Range<UInt>) -> Void) {
        let size = stackBytes + guardBytes
        guard let memory = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0),
            memory != MAP_FAILED, mprotect(memory, guardBytes, PROT_NONE) == 0
        else { fail("no memory for a stack") }
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setstack(&attributes, memory + guardBytes, stackBytes)
        let start = UInt(bitPattern: memory)
        let context = Unmanaged.passRetained(Body { body(start..<start + UInt(size)) }).toOpaque()
        var thread = pthread_t()
        let error = pthread_create(&thread, &attributes, { context in
            Unmanaged<Body>.fromOpaque(context!).takeRetainedValue().run()
            return nil
        }, context)
        if error != 0 { fail("pthread_create: \(error)") }
    }

    private static func fail(_ reason: String) -> Never {
        Output.complain(reason)
        exit(1)
    }

    private final class Body {
        let run: () -> Void
        init(_ run: @escaping () -> Void) { self.run = run }
    }
}
