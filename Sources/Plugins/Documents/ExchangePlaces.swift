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

    /// A place that is being made.
    struct Opening: Sendable {
        fileprivate let number: UInt64
        fileprivate let call: MessageID?
        fileprivate let key: ChildKey
    }

    private struct Child {
        var places: [Place] = []
        /// Places that are being made, by number, and whether what they are made for is over.
        var openings: [UInt64: (call: MessageID?, isOver: Bool)] = [:]

        var isIdle: Bool { places.isEmpty && openings.isEmpty }
    }

    private struct State {
        var children: [ChildKey: Child] = [:]
        var last: UInt64 = 0

        mutating func forgetIdle(_ key: ChildKey) {
            if children[key]?.isIdle == true { children[key] = nil }
        }
    }

    private let state = Mutex(State())

    /// Announces a place before it is made; ends with `add` or `abandon`. Throws `quotaExceeded` where the child has too
    /// many.
    func open(during call: MessageID?, of key: ChildKey) throws(Problem) -> Opening {
        let opening: Opening? = state.withLock { state in
            var child = state.children[key] ?? Child()
            guard child.places.count + child.openings.count < Self.limit else { return nil }
            state.last += 1
            child.openings[state.last] = (call, false)
            state.children[key] = child
            return Opening(number: state.last, call: call, key: key)
        }
        if let opening { return opening }
        throw Problem(
            .quotaExceeded, "plugin \(key.plugin) has \(Self.limit) documents open",
            hint: "documents stay open until the call that opened them ends; name it with `call`")
    }

    /// The place is there. Throws `cancelled`, and takes it away, where what it was made for has ended meanwhile.
    func add(_ path: String, in folder: ExchangeFolder, for opening: Opening) throws(Problem) {
        let isOver = state.withLock { state in
            let isOver = state.children[opening.key]?.openings.removeValue(forKey: opening.number)?.isOver ?? true
            if !isOver { state.children[opening.key]?.places.append(Place(path: path, folder: folder, call: opening.call)) }
            state.forgetIdle(opening.key)
            return isOver
        }
        guard isOver else { return }
        remove([Place(path: path, folder: folder, call: opening.call)])
        throw Problem(.cancelled, "the call that the document was opened for has ended")
    }

    /// No place was made.
    func abandon(_ opening: Opening) {
        state.withLock { state in
            state.children[opening.key]?.openings[opening.number] = nil
            state.forgetIdle(opening.key)
        }
    }

    /// A call has ended, and `remaining` are still in flight. With the last one everything goes, also what was opened for
    /// calls that there never were.
    func ended(_ call: MessageID, remaining: Int, of key: ChildKey) { end(key) { $0 == call || remaining == 0 } }

    func ended(_ key: ChildKey) { end(key) { _ in true } }

    private func end(_ key: ChildKey, where isOver: (MessageID?) -> Bool) {
        let gone = state.withLock { state in
            guard var child = state.children[key] else { return [Place]() }
            let gone = child.places.filter { isOver($0.call) }
            child.places.removeAll { isOver($0.call) }
            for (number, opening) in child.openings where isOver(opening.call) { child.openings[number]?.isOver = true }
            state.children[key] = child
            state.forgetIdle(key)
            return gone
        }
        remove(gone)
    }

    private func remove(_ gone: [Place]) {
        guard !gone.isEmpty else { return }
        // This runs on an event loop, and the disk may be slow.
        Task { try? await Blocking.run { () throws(Problem) in for place in gone { place.folder.remove(place: place.path) } } }
    }
}
