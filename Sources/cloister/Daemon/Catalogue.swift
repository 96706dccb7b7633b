import Control
import Glibc
import Model
import Plugins
import Store

/// The plugins that lie in the daemon's plugin folders, by id; what cannot be read there is passed over.
///
/// Manifests are read once, and again when they have changed. A plugin that was added to a folder or removed from it shows at
/// once, a manifest that was changed where it lies after `patience`, once somebody has asked. Nobody waits for a second reading but who asks
/// right after a folder has changed.
actor Catalogue {
    /// What changes with a file.
    private struct Stamp: Hashable, Sendable {
        let inode: UInt64
        let size: Int64
        let seconds: Int
        let nanoseconds: Int

        init?(_ path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            (inode, size) = (UInt64(status.st_ino), Int64(status.st_size))
            (seconds, nanoseconds) = (status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
        }
    }

    private struct Entry: Sendable {
        let stamp: Stamp
        /// Nil where it cannot be read.
        let offer: Offer?
    }

    struct Offer: Sendable {
        let id: String
        let json: JSONValue
        let folded: [UInt8]
    }

    private struct Listing: Sendable {
        var entries: [String: Entry] = [:]
        var folders: [Stamp?] = []
        /// In the order of their ids.
        var offers: [Offer] = []
        /// The texts of all offers one after the other, each with a byte behind it that no text has.
        var texts: [UInt8] = []
        /// Where the text of each begins.
        var starts: [Int] = []
        var read = ContinuousClock.now
    }

    private static let patience = Duration.seconds(5)

    private let installation: Installation
    private let folders: [String]
    private let data: StoreFolder
    private var listing: Listing?
    private var reading: Task<Listing, Never>?

    init(_ installation: Installation, data: StoreFolder) {
        (self.installation, self.data) = (installation, data)
        folders = installation.pluginFolders
    }

    /// What matches, in the order of their ids, and what was named. Many may look at a time.
    nonisolated func find(_ search: PluginSearch) async -> [JSONValue] {
        let listing = await current()
        let offers = listing.offers
        var found: [Offer] = []
        var index = search.after.map { after in offers.partition { $0.id > after } } ?? 0
        let limit = search.limit ?? .max
        let text = search.text.map(SearchText.init)
        while index < offers.count, found.count < limit {
            if let text {
                guard let place = text.place(in: listing.texts, from: listing.starts[index]) else { break }
                index = listing.starts.partition { $0 > place } - 1
            }
            found.append(offers[index])
            index += 1
        }
        if !search.named.isEmpty {
            let known = Set(found.map(\.id))
            for name in Set(search.named).subtracting(known).sorted() {
                let place = offers.partition { $0.id >= name }
                if place < offers.count, offers[place].id == name { found.append(offers[place]) }
            }
        }
        return found.map(\.json)
    }

    private func current() async -> Listing {
        let stamps = folders.map(Stamp.init)
        if let listing, listing.folders == stamps {
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
        let (installation, folders, data, known) = (installation, folders, data, listing?.entries ?? [:])
        let task = Task.detached { Self.read(installation, folders, data, known) }
        reading = task
        Task {
            listing = await task.value
            reading = nil
        }
        return task
    }

    private static func read(
        _ installation: Installation, _ folders: [String], _ data: StoreFolder, _ known: [String: Entry]
    ) -> Listing {
        var listing = Listing()
        // Before their entries: what comes meanwhile is seen the next time.
        listing.folders = folders.map(Stamp.init)
        for folder in folders {
            // The first folder with a name is the one that `plugin run` takes.
            for name in Path.entries(of: folder) where listing.entries[name] == nil {
                guard let stamp = Stamp("\(folder)/\(name)/\(Manifest.fileName)") else { continue }
                if let entry = known[name], entry.stamp == stamp, entry.offer != nil {
                    listing.entries[name] = entry
                } else {
                    let manifest = try? PluginFolder.open(try installation.bundledPlugin(PluginID(name)), dataFolder: data).manifest
                    listing.entries[name] = Entry(stamp: stamp, offer: manifest.map(Offer.init))
                }
            }
        }
        listing.offers = listing.entries.values.compactMap(\.offer).sorted { $0.id < $1.id }
        for offer in listing.offers {
            listing.starts.append(listing.texts.count)
            listing.texts += offer.folded + [0xFF]
        }
        return listing
    }
}

extension Catalogue.Offer {
    fileprivate init(_ manifest: Manifest) {
        id = manifest.id.rawValue
        json = [
            "id": .string(manifest.id.rawValue), "name": .string(manifest.name), "version": .string(manifest.version.description),
            "description": .string(manifest.summary), "category": .string(manifest.category.rawValue),
        ]
        folded = SearchText.fold("\(manifest.id)\n\(manifest.name)\n\(manifest.summary)")
    }
}

extension Array {
    /// The first place from which on all of them are so; they must be ordered by it.
    fileprivate func partition(_ isBehind: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isBehind(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
