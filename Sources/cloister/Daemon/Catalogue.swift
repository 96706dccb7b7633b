import Control
import Model
import NIOCore
import Plugins
import Store
import Synchronization

/// The plugins that lie in the daemon's plugin folders, by id; what cannot be read there is passed over.
///
/// Manifests are read once, and again when they have changed. A plugin that was added to a folder or removed from it shows at
/// once, a manifest that was changed where it lies after `patience`, once somebody has asked. Nobody waits for a second reading but who asks
/// right after a folder has changed.
actor Catalogue {
    fileprivate struct Entry: Sendable {
        let stamp: FileStamp
        /// Nil where it cannot be read.
        let offer: Offer?
        let folded: [UInt8]
    }

    /// As somebody is told of it who does not have it.
    struct Offer: Sendable {
        let id: String
        /// A JSON text: see `Schema.offer`. Nobody copies it who only sends it.
        let json: ByteBuffer
    }

    /// What there was at a moment.
    struct Listing: Sendable {
        fileprivate var entries: [String: Entry] = [:]
        fileprivate var folders: [FileStamp?] = []
        /// In the order of their ids.
        fileprivate var offers: [Offer] = []
        /// Theirs, apart: a search that touched the offers would count each of them up and down for all threads.
        fileprivate var ids: [String] = []
        fileprivate var index = TextIndex([])
        fileprivate var read = ContinuousClock.now

        /// Those behind an id, with a text in id, name or description, by id.
        func find(after: String?, text: SearchText?, limit: Int) -> [Offer] {
            let first = after.map { after in ids.partition { $0 > after } } ?? 0
            guard let text else { return Array(offers[first..<min(offers.count, first + min(limit, offers.count))]) }
            return index.find(text, from: first, limit: limit).map { offers[$0] }
        }

        subscript(id: String) -> Offer? {
            let place = ids.partition { $0 >= id }
            return place < ids.count && ids[place] == id ? offers[place] : nil
        }
    }

    private static let patience = Duration.seconds(5)

    private let installation: Installation
    private let folders: [String]
    private let data: StoreFolder
    /// Changed by the actor alone.
    private let kept = Mutex<Listing?>(nil)
    private var reading: Task<Listing, Never>?

    init(_ installation: Installation, data: StoreFolder) {
        (self.installation, self.data) = (installation, data)
        folders = installation.pluginFolders
    }

    /// What matches, in the order of their ids, and what was named.
    nonisolated func find(_ search: PluginSearch) async throws(Problem) -> [JSONValue] {
        let listing = await current
        var found = listing.find(after: search.after, text: search.text.map(SearchText.init), limit: search.limit ?? .max)
        if !search.named.isEmpty {
            let known = Set(found.map(\.id))
            found += Set(search.named).subtracting(known).sorted().compactMap { listing[$0] }
        }
        var values: [JSONValue] = []
        for offer in found {
            let members = try offer.members.filter { !["available", "installed"].contains($0.key) }
            values.append(.object(members))
        }
        return values
    }

    /// What there is now. Many may look at a time, and none waits for another while nothing has changed.
    nonisolated var current: Listing {
        get async {
            let stamps = folders.map { FileStamp($0) }
            guard let listing = kept.withLock({ $0 }), listing.folders == stamps, ContinuousClock.now - listing.read <= Self.patience
            else { return await newest(stamps) }
            return listing
        }
    }

    private func newest(_ stamps: [FileStamp?]) async -> Listing {
        if let listing = kept.withLock({ $0 }), listing.folders == stamps {
            if ContinuousClock.now - listing.read > Self.patience, reading == nil { begin() }
            return listing
        }
        // One that began before the folder changed may have missed it.
        if let reading {
            let listing = await reading.value
            if listing.folders == stamps { return listing }
        }
        return await (reading ?? begin()).value
    }

    @discardableResult private func begin() -> Task<Listing, Never> {
        let (installation, folders, data, known) = (installation, folders, data, kept.withLock { $0 })
        let task = Task.detached { Self.read(installation, folders, data, known) }
        reading = task
        Task {
            let listing = await task.value
            kept.withLock { $0 = listing }
            reading = nil
        }
        return task
    }

    private static func read(
        _ installation: Installation, _ folders: [String], _ data: StoreFolder, _ known: Listing?
    ) -> Listing {
        var listing = Listing()
        var hasNew = false
        // Before their entries: what comes meanwhile is seen the next time.
        listing.folders = folders.map { FileStamp($0) }
        for folder in folders {
            // The first folder with a name is the one that `plugin run` takes.
            for name in Path.entries(of: folder) where listing.entries[name] == nil {
                guard let stamp = FileStamp("\(folder)/\(name)/\(Manifest.fileName)") else { continue }
                if let entry = known?.entries[name], entry.stamp == stamp, entry.offer != nil {
                    listing.entries[name] = entry
                } else {
                    let manifest = try? PluginFolder.open(try installation.bundledPlugin(PluginID(name)), dataFolder: data).manifest
                    listing.entries[name] = Entry(
                        stamp: stamp, offer: manifest.map(Offer.init),
                        folded: manifest.map { SearchText.fold("\($0.id)\n\($0.name)\n\($0.summary)") } ?? [])
                    hasNew = hasNew || manifest != nil
                }
            }
        }
        let readable = listing.entries.values.compactMap { entry in entry.offer.map { ($0, entry.folded) } }
            .sorted { $0.0.id < $1.0.id }
        if let known, !hasNew, known.offers.count == readable.count {
            (listing.offers, listing.ids, listing.index) = (known.offers, known.ids, known.index)
            return listing
        }
        listing.offers = readable.map(\.0)
        listing.ids = listing.offers.map(\.id)
        listing.index = TextIndex(readable.lazy.map(\.1))
        return listing
    }
}

extension Catalogue.Offer {
    fileprivate init(_ manifest: Manifest) {
        id = manifest.id.rawValue
        let value: JSONValue = [
            "id": .string(manifest.id.rawValue), "name": .string(manifest.name), "version": .string(manifest.version.description),
            "description": .string(manifest.summary), "category": .string(manifest.category.rawValue), "available": true,
            "installed": .null,
        ]
        json = ByteBuffer(bytes: value.bytes)
    }

    var members: [String: JSONValue] {
        get throws(Problem) { try JSONValue.parse(Array(json.readableBytesView), as: "offer").object ?? [:] }
    }
}
