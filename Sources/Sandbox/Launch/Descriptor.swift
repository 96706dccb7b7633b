import CLinux
import Glibc
package import Model

/// A file descriptor with exactly one owner; closed when the owner goes. A negative number is none.
package struct Descriptor: ~Copyable, Sendable {
    package let number: Int32

    /// Takes over a descriptor that nobody else will close.
    package init(owning number: Int32) { self.number = number }

    deinit { if number >= 0 { close(number) } }

    /// Gives the descriptor away: the caller closes it.
    package consuming func release() -> Int32 {
        let number = number
        discard self
        return number
    }
}

/// Two ends of a new pipe, close-on-exec.
package struct Pipe: ~Copyable, Sendable {
    package let reading: Descriptor
    package let writing: Descriptor

    package init() throws(Problem) {
        var ends: [Int32] = [-1, -1]
        guard cloister_pipe(&ends) == 0 else {
            throw Problem(systemCall: "pipe2", hint: "raise LimitNOFILE of the daemon")
        }
        reading = Descriptor(owning: ends[0])
        writing = Descriptor(owning: ends[1])
    }

    /// Keeps one end and closes the other.
    package consuming func keepReading() -> Descriptor { reading }
    package consuming func keepWriting() -> Descriptor { writing }
}
