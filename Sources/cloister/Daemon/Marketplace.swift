import Model
import NIOCore
import Plugins
import Tenancy
import Web

/// What a tenant can have and what it has: the plugins that come with the daemon, and those that it installed.
struct Marketplace: Sendable {
    let catalogue: Catalogue
    let host: PluginHost

    /// Those behind an id, with a text in id, name or description, by id; one entry for each.
    func offers(_ search: OfferSearch, for tenant: TenantID) async throws(Problem) -> [Offer] {
        let listing = await catalogue.current
        let text = search.text.map(SearchText.init)
        var offers = listing.find(after: search.after, text: text, limit: search.limit).map { Offer(id: $0.id, json: $0.json) }
        for plugin in try await host.installed(of: tenant) {
            let id = plugin.id.rawValue
            if let after = search.after, id <= after { continue }
            let place = offers.partition { $0.id >= id }
            let isThere = place < offers.count && offers[place].id == id
            // Behind a full page.
            guard isThere || place < search.limit else { continue }
            let members = try members(of: plugin, listing[id])
            guard isThere || Self.has(text, members) else { continue }
            let offer = Offer(id: id, json: ByteBuffer(bytes: JSONValue.object(members).bytes))
            if isThere { offers[place] = offer } else { offers.insert(offer, at: place) }
        }
        return Array(offers.prefix(search.limit))
    }

    /// The one with that id, or `notFound` with the one that was probably meant.
    func offer(_ id: String, for tenant: TenantID) async throws(Problem) -> Offer {
        let known = await catalogue.current[id]
        if let plugin = try await host.installed(of: tenant).first(where: { $0.id.rawValue == id }) {
            return Offer(id: id, json: ByteBuffer(bytes: JSONValue.object(try members(of: plugin, known)).bytes))
        }
        if let known { return Offer(id: id, json: known.json) }
        // Of a large catalogue only what begins alike: nobody reads all of it to be told that something is not there.
        let near = try await offers(OfferSearch(text: String(id.prefix(3)), after: nil, limit: 100), for: tenant).map(\.id)
        throw Problem(.notFound, "plugin not found: \(id)", hint: near.nearest(to: id).map { "did you mean \($0)?" })
    }

    private func members(of plugin: InstalledPlugin, _ known: Catalogue.Offer?) throws(Problem) -> [String: JSONValue] {
        var members: [String: JSONValue] =
            try known?.members ?? ["available": false, "version": .string(plugin.version), "description": .null, "category": .null]
        members["id"] = .string(plugin.id.rawValue)
        members["name"] = .string(plugin.name)
        members["installed"] = ["version": .string(plugin.version), "status": .string(plugin.status.rawValue)]
        return members
    }

    private static func has(_ text: SearchText?, _ members: [String: JSONValue]) -> Bool {
        guard let text else { return true }
        let texts = ["id", "name", "description"].map { members[$0]?.string ?? "" }
        return text.isIn(SearchText.fold(texts.joined(separator: "\n")))
    }
}
