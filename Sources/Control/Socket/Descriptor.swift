import Glibc

/// The one owner of a descriptor; closes it at the end of its life.
struct Descriptor: ~Copyable {
    let number: Int32

    init(_ number: Int32) { self.number = number }

    /// Hands the descriptor on; the receiver closes it.
    consuming func release() -> Int32 {
        let number = number
        discard self
        return number
    }

    deinit { close(number) }
}
