import Crypto
import Glibc
package import Model
import Synchronization

/// A blob on its way in: append its bytes in order, then finish. One that is dropped before leaves nothing behind.
package final class BlobWriter: Sendable {
    private struct State: ~Copyable {
        var file: OpenFile?
        var digest = SHA256()
        var size: Int64 = 0
    }

    private let folder: String
    private let temporary: String
    private let limit: ByteSize
    private let admit: BlobStore.Admission
    private let state: Mutex<State>

    init(folder: String, limit: ByteSize, admit: @escaping BlobStore.Admission) throws(Problem) {
        let incoming = BlobStore.incoming(folder)
        try StoreFolder.add(incoming)
        temporary = "\(incoming)/\(String(UInt64.random(in: .min ... .max), radix: 16))"
        guard let file = OpenFile(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600) else {
            throw Problem(file: temporary, "cannot make the blob")
        }
        self.folder = folder
        self.limit = limit
        self.admit = admit
        state = Mutex(State(file: file))
    }

    deinit { unlink(temporary) }

    /// Bytes so far.
    package var size: ByteSize { ByteSize(bytes: state.withLock { $0.size }) }

    /// Appends bytes. One call after the other; a blob over its limit or the quota is refused before they are written.
    package func append(_ bytes: [UInt8]) async throws(Problem) {
        try await admit(try check(bytes.count, behind: size.bytes))
        try await Blocking.run { [self] () throws(Problem) in
            try locked { (state) throws(Problem) in
                // Others may have appended meanwhile, whatever they should.
                _ = try check(bytes.count, behind: state.size)
                guard try state.file?.write(bytes[...], temporary) != nil else {
                    throw Problem(.conflict, "blob is finished already")
                }
                state.digest.update(data: bytes)
                state.size += Int64(bytes.count)
            }
        }
    }

    private func check(_ count: Int, behind size: Int64) throws(Problem) -> ByteSize {
        let total = ByteSize(bytes: size + Int64(count))
        guard total <= limit else {
            throw Problem(
                .quotaExceeded, "document larger than \(limit)", hint: "the limit for one document is \(limit)")
        }
        return total
    }

    /// Makes the blob permanent: when this returns it survives a loss of power.
    package func finish() async throws(Problem) -> (digest: BlobDigest, size: ByteSize) {
        try await Blocking.run { [self] () throws(Problem) in
            try locked { (state) throws(Problem) in
                guard let file = state.file.take() else { throw Problem(.conflict, "blob is finished already") }
                let digest = BlobDigest(Array(state.digest.finalize()))
                try store(file, as: digest)
                return (digest, ByteSize(bytes: state.size))
            }
        }
    }

    private func store(_ file: borrowing OpenFile, as digest: BlobDigest) throws(Problem) {
        let place = BlobStore.place(of: digest, in: folder)
        let parent = String(place[..<(place.lastIndex(of: "/") ?? place.startIndex)])
        guard fchmod(file.number, 0o444) == 0, fsync(file.number) == 0 else {
            throw Problem(file: temporary, "cannot write the blob to disk")
        }
        let isNewFolder = access(parent, F_OK) != 0
        try StoreFolder.add(parent)
        // Over an equal one, should there be one: the content is the same.
        guard rename(temporary, place) == 0 else { throw Problem(file: place, "cannot keep the blob") }
        try OpenFile.synchronizeFolder(parent)
        if isNewFolder { try OpenFile.synchronizeFolder(folder) }
    }

    /// The lock is held while the disk works; only callers out of order would notice.
    private func locked<Value>(_ body: (inout State) throws(Problem) -> Value) throws(Problem) -> Value {
        let outcome: Result<Value, Problem> = state.withLock { state in
            do throws(Problem) { return .success(try body(&state)) } catch { return .failure(error) }
        }
        return try outcome.get()
    }
}
