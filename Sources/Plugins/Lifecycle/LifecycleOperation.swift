import Model
package import Store

/// A change of what a tenant has installed that touches more than one thing that lasts.
package enum LifecycleOperation: Hashable, Sendable {
    case install(BlobDigest)
    case update(from: BlobDigest, to: BlobDigest)
    case rollback(from: BlobDigest, to: BlobDigest)
    case uninstall(purges: Bool)

    /// The word that names it in a journal.
    package var name: String {
        switch self {
        case .install: "install"
        case .update: "update"
        case .rollback: "rollback"
        case .uninstall: "uninstall"
        }
    }

    /// The event that tells of it when it is done.
    var event: String {
        switch self {
        case .install: "plugin.installed"
        case .update, .rollback: "plugin.updated"
        case .uninstall: "plugin.uninstalled"
        }
    }

    /// The package that is in force once the operation is done; nil when nothing is then.
    package var target: BlobDigest? {
        switch self {
        case .install(let digest), .update(_, let digest), .rollback(_, let digest): digest
        case .uninstall: nil
        }
    }

    var json: JSONValue {
        switch self {
        case .install(let digest): ["to": .string("\(digest)")]
        case .update(let from, let to), .rollback(let from, let to):
            ["from": .string("\(from)"), "to": .string("\(to)")]
        case .uninstall(let purges): ["purges": .bool(purges)]
        }
    }

    /// Reads what a journal holds; nil for what no version of this daemon wrote.
    init?(_ name: String, _ value: JSONValue) {
        let digests = ["from", "to"].map { value[$0]?.string.flatMap { BlobDigest($0) } }
        switch (name, digests[0], digests[1], value["purges"]?.bool) {
        case ("install", nil, let to?, nil): self = .install(to)
        case ("update", let from?, let to?, nil): self = .update(from: from, to: to)
        case ("rollback", let from?, let to?, nil): self = .rollback(from: from, to: to)
        case ("uninstall", nil, nil, let purges?): self = .uninstall(purges: purges)
        default: return nil
        }
    }
}
