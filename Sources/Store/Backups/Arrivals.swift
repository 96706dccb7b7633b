import Glibc
package import Model
import Synchronization

/// Exports on their way in, each a file that nobody but the daemon sees. One that nothing was done with for an hour
/// makes room for the next, and all go with the daemon.
package final class Arrivals: Sendable {
    private struct Arrival {
        let size: Int64
        var received: Int64 = 0
        var isBusy = false
        var last: ContinuousClock.Instant
    }

    /// At once.
    static let limit = 4
    static let life = Duration.seconds(3600)

    private let folder: String
    private let arrivals = Mutex<[String: Arrival]>([:])

    /// Removes what an earlier run received. Blocks.
    init(_ folder: String) throws(Problem) {
        self.folder = folder
        try FolderRemoval.remove(folder)
        try StoreFolder.create(folder)
    }

    /// Starts to receive a file of exactly `size` bytes; the name under which it is known.
    package func begin(_ size: ByteSize) async throws(Problem) -> String {
        let name = "import-" + (0..<2).map { _ in String(UInt64.random(in: .min ... .max), radix: 16) }.joined()
        let now = ContinuousClock.now
        let (isAdmitted, old) = arrivals.withLock { arrivals in
            let old = arrivals.filter { !$0.value.isBusy && $0.value.last < now - Self.life }.map(\.key)
            for name in old { arrivals[name] = nil }
            guard arrivals.count < Self.limit else { return (false, old) }
            arrivals[name] = Arrival(size: size.bytes, last: now)
            return (true, old)
        }
        for name in old { unlink(path(name)) }
        guard isAdmitted else {
            throw Problem(.conflict, "\(Self.limit) exports wait to be imported", hint: "import them, or come again in an hour")
        }
        do throws(Problem) {
            let place = path(name)
            let folder = folder
            try await Blocking.run { () throws(Problem) in
                guard StoreFolder.hasRoom(at: folder, for: size) else {
                    throw Problem(.quotaExceeded, "no room for an export of \(size)", hint: "free space on the disk of the data folder")
                }
                guard OpenFile(place, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600) != nil else {
                    throw Problem(file: place, "cannot make the file")
                }
            }
        } catch {
            arrivals.withLock { $0[name] = nil }
            throw error
        }
        return name
    }

    /// Appends bytes, one call after the other.
    package func append(_ bytes: [UInt8], to name: String) async throws(Problem) {
        let arrival = try take(name)
        let place = path(name)
        let outcome: Result<Void, Problem>
        do throws(Problem) {
            guard arrival.received + Int64(bytes.count) <= arrival.size else {
                throw Problem(.invalidInput, "more bytes than the \(arrival.size) that were announced")
            }
            try await Blocking.run { () throws(Problem) in
                guard let file = OpenFile(place, O_WRONLY | O_APPEND | O_NOFOLLOW) else { throw Problem(file: place, "cannot open the file") }
                // What a call that failed wrote in part.
                guard ftruncate(file.number, off_t(arrival.received)) == 0 else { throw Problem(file: place, "cannot write the file") }
                try file.write(bytes[...], place)
            }
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        arrivals.withLock { arrivals in
            arrivals[name]?.isBusy = false
            arrivals[name]?.last = .now
            if case .success = outcome { arrivals[name]?.received += Int64(bytes.count) }
        }
        try outcome.get()
    }

    /// Gives `body` the file when all of it is there. It goes when `body` succeeds, so that it can be tried again otherwise.
    func withFile<Value: Sendable>(
        _ name: String, _ body: (String) async throws(Problem) -> Value
    ) async throws(Problem) -> Value {
        let arrival = try take(name)
        let outcome: Result<Value, Problem>
        do throws(Problem) {
            guard arrival.received == arrival.size else {
                throw Problem(.conflict, "the export is not complete: \(arrival.received) of \(arrival.size) bytes are there")
            }
            outcome = .success(try await body(path(name)))
            unlink(path(name))
        } catch {
            outcome = .failure(error)
        }
        arrivals.withLock { arrivals in
            arrivals[name]?.isBusy = false
            arrivals[name]?.last = .now
            if case .success = outcome { arrivals[name] = nil }
        }
        return try outcome.get()
    }

    private func take(_ name: String) throws(Problem) -> Arrival {
        let arrival: Result<Arrival, Problem> = arrivals.withLock { arrivals in
            guard let arrival = arrivals[name] else {
                return .failure(Problem(.notFound, "export not found: \(name.prefix(80))", hint: "send it again: it goes after an hour"))
            }
            guard !arrival.isBusy else { return .failure(Problem(.conflict, "the export is in use: \(name)")) }
            arrivals[name]?.isBusy = true
            return .success(arrival)
        }
        return try arrival.get()
    }

    /// Only of names that are known: nothing of a request becomes a path.
    private func path(_ name: String) -> String { "\(folder)/\(name)" }
}
