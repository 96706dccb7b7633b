import Model
import Store
import Supervisor
import Synchronization
import Wire

/// The documents that children have open: each is taken away when the call that it was opened for ends, or when the child
/// has no call left, or when the child ends.
final class ExchangePlaces: Sendable {
    /// Places that one child may have at a time.
    static let limit = 256

    private struct Place {
        let path: String
        let folder: ExchangeFolder
        /// The host's request during which it was opened, where the plugin said so.
        let call: MessageID?
    }

    private let places = Mutex<[ChildKey: [Place]]>([:])

    /// Throws `quotaExceeded` where the child has too many open.
    func check(_ key: ChildKey) throws(Problem) {
        guard places.withLock({ $0[key]?.count ?? 0 }) < Self.limit else {
            throw Problem(
                .quotaExceeded, "plugin \(key.plugin) has \(Self.limit) documents open",
                hint: "documents stay open until the call that opened them ends; name it with `call`")
        }
    }

    func add(_ path: String, in folder: ExchangeFolder, call: MessageID?, of key: ChildKey) {
        places.withLock { $0[key, default: []].append(Place(path: path, folder: folder, call: call)) }
    }

    /// A call has ended, and `remaining` are still in flight.
    func ended(_ call: MessageID, remaining: Int, of key: ChildKey) {
        remove { key == $0 && ($1 == call || $1 == nil && remaining == 0) }
    }

    func ended(_ key: ChildKey) { remove { other, _ in key == other } }

    private func remove(where isGone: (ChildKey, MessageID?) -> Bool) {
        let gone = places.withLock { places in
            guard !places.isEmpty else { return [Place]() }
            var gone: [Place] = []
            for (key, list) in places {
                let leaving = list.filter { isGone(key, $0.call) }
                guard !leaving.isEmpty else { continue }
                gone += leaving
                let rest = list.filter { !isGone(key, $0.call) }
                places[key] = rest.isEmpty ? nil : rest
            }
            return gone
        }
        guard !gone.isEmpty else { return }
        // This runs on an event loop, and the disk may be slow.
        Task { try? await Blocking.run { () throws(Problem) in for place in gone { place.folder.remove(place: place.path) } } }
    }
}
