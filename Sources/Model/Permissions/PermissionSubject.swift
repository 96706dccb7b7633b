/// What an action is about: as much of it as the conditions of a permission can speak of.
package enum PermissionSubject: Sendable, Hashable {
    /// A document by its content's type and size.
    case document(mediaType: String, size: ByteSize)
    /// A key of the storage, or the beginning that keys to be listed have.
    case key(String)
    /// A secret, an event or a connection.
    case name(String)
    /// A host with a port. `method` is nil where the host cannot see it, as inside a tunnel.
    case endpoint(host: String, port: Int, method: String?)
    /// Where no condition can apply.
    case nothing
}

extension PermissionSubject: CustomStringConvertible {
    /// What stands in counts and messages: `image/jpeg`, `mail.key`, `api.example.org:443`; empty where there is nothing.
    package var description: String {
        switch self {
        case .document(let mediaType, _): Self.plain(mediaType)
        case .key(let text), .name(let text): text
        case .endpoint(let host, let port, _): "\(host):\(port)"
        case .nothing: ""
        }
    }

    /// A media type without parameters, in lower case.
    static func plain(_ mediaType: String) -> String {
        let end = mediaType.firstIndex(of: ";") ?? mediaType.endIndex
        return mediaType[..<end].filter { $0 != " " }.lowercased()
    }
}
