import Model
import Store

extension ExchangeFolder {
    /// Puts a blob where the plugin can read it and nobody change it, in a folder of its own, and tells its path below
    /// `in`. Each call has a place of its own: two calls with one document do not share what the first takes away.
    func place(_ digest: BlobDigest, named name: String, of tenant: TenantStore) async throws(Problem) -> String {
        let place = String(UInt64.random(in: .min ... .max), radix: 16) + String(UInt64.random(in: .min ... .max), radix: 16)
        let path = try makePlace(place)
        do throws(Problem) {
            try await tenant.blobs().link(digest, at: "\(path)/\(name)")
        } catch {
            remove(place: "\(place)/\(name)")
            throw error
        }
        return "\(place)/\(name)"
    }
}
