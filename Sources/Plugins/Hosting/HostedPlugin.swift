import Model
import NIOCore
import Store
import Supervisor

/// A plugin that a tenant has, ready to be called.
final class HostedPlugin: Sendable {
    let tenant: TenantID
    let manifest: Manifest
    /// Where its code lies on the host.
    let folder: String
    let exchange: ExchangeFolder
    let pool: ChildPool

    init(tenant: TenantID, manifest: Manifest, folder: String, exchange: ExchangeFolder, pool: ChildPool) {
        self.tenant = tenant
        self.manifest = manifest
        self.folder = folder
        self.exchange = exchange
        self.pool = pool
    }

    func tool(_ name: String) throws(Problem) -> Manifest.Tool {
        if let tool = manifest.tools.first(where: { $0.name == name }) { return tool }
        let names = manifest.tools.map(\.name)
        throw Problem(
            .notFound, "tool not found: \(name.prefix(80)) of plugin \(manifest.id)",
            hint: names.nearest(to: name).map { "did you mean \($0)?" } ?? "there are: \(names.joined(separator: ", "))")
    }
}
