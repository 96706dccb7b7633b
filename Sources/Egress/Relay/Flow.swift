import CLinux
import Glibc

/// One way of a tunnel: bytes go from one socket through a pipe into another and never into this process (splice(2)).
struct Flow {
    enum Step: Hashable {
        /// Nothing can be moved until one of the sockets says so.
        case blocked
        /// The turn is over, and there may be more.
        case spent
        /// The source has ended, and the sink was told.
        case finished
        case failed(Int32)
    }

    private let source: Int32
    private let sink: Int32
    private var pipe: (reading: Int32, writing: Int32)?
    private var held = 0
    private var sourceEnded = false
    private(set) var isFinished = false

    /// What a pipe is asked to hold, and what one call moves at most: the bound on what a slow reader costs.
    private static let capacity = 256 << 10

    init(from source: Int32, to sink: Int32) {
        self.source = source
        self.sink = sink
    }

    /// Moves until nothing goes or `budget` bytes have reached the sink; adds them to `moved`.
    mutating func pump(budget: Int, moved: inout Int) -> Step {
        guard !isFinished else { return .finished }
        if pipe == nil {
            var ends: [Int32] = [-1, -1]
            guard cloister_relay_pipe(&ends, Int32(Self.capacity)) == 0 else { return .failed(errno) }
            pipe = (ends[0], ends[1])
        }
        let pipe = pipe!
        var left = budget
        while left > 0 {
            var hasMoved = false
            if !sourceEnded, held < Self.capacity {
                let count = cloister_splice(source, pipe.writing, Self.capacity)
                switch count {
                case 0:
                    sourceEnded = true
                    hasMoved = true
                case 1...:
                    held += count
                    hasMoved = true
                default: guard count == -Int(EAGAIN) else { return .failed(Int32(-count)) }
                }
            }
            if held > 0 {
                let count = cloister_splice(pipe.reading, sink, min(held, left))
                if count > 0 {
                    held -= count
                    moved += count
                    left -= count
                    hasMoved = true
                } else if count < 0, count != -Int(EAGAIN) {
                    return .failed(Int32(-count))
                }
            }
            if sourceEnded, held == 0 {
                shutdown(sink, Int32(SHUT_WR))
                isFinished = true
                release()
                return .finished
            }
            guard hasMoved else { return .blocked }
        }
        return .spent
    }

    /// Closes the pipe; what is in it is lost.
    mutating func release() {
        guard let pipe else { return }
        close(pipe.reading)
        close(pipe.writing)
        self.pipe = nil
    }
}
