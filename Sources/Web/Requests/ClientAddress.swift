import HTTPTypes
import Model
import NIOCore

/// Where a request comes from.
enum ClientAddress {
    /// The other end of the connection; where that is this machine, the last address that the proxy there wrote down.
    /// What stands before it is the client's own word.
    static func of(_ head: HTTPRequest, _ origin: Origin) -> String {
        let direct = origin.peer?.ipAddress ?? (origin.isNear ? "local" : "gone")
        guard origin.isNear,
            let last = head.headerFields[values: .forwardedFor].last?.split(separator: ",").last,
            let address = Address(last.trimming { $0 == " " })
        else { return direct }
        return address.description
    }
}
