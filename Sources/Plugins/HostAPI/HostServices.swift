import Model
import NIOCore
import Store
import Supervisor

/// What the host does for plugins, the same for all of them.
struct HostServices: Sendable {
    /// An event that a plugin raises: answered with the filtered value, or nil where the event has none.
    typealias Emission = @Sendable (
        _ event: String, _ value: ByteBuffer, _ run: String?, _ key: ChildKey
    ) async throws(Problem) -> ByteBuffer?

    let store: Store
    let grants: Grants
    let quota: DiskQuota
    let secrets: Secrets
    let shelf: DocumentShelf
    let places: ExchangePlaces
    let connections: any Connections
    /// Deletes a document and tells of it; answered when all handlers have heard.
    let delete: @Sendable (DocumentID, TenantStore) async throws(Problem) -> Void
    /// How many runs of workflows lie above what a plugin does now.
    let chain: @Sendable (ChildKey) -> Int
    let emit: Emission
}
