import Control
import Tenancy

/// Whoever asks something of the daemon, over the control socket or over HTTP.
struct Caller: Sendable, CustomStringConvertible {
    let principal: Principal
    /// Who it is, from whichever process: commands that one person gives one after the other are one author's.
    let author: String
    /// What it brings is kept apart under this number: unique in this daemon's life.
    let connection: UInt64
    let door: AuditAttempt.Door
    /// The number of what it asks now.
    let request: String

    init(_ principal: Principal, author: String? = nil, connection: UInt64, door: AuditAttempt.Door, request: String) {
        self.principal = principal
        self.author = author ?? principal.description
        self.connection = connection
        self.door = door
        self.request = request
    }

    /// The socket's file decides who may come so far; whoever did may do everything.
    init(_ caller: ControlCaller) {
        let number = String(UInt64.random(in: .min ... .max), radix: 16)
        self.init(
            .local(caller.description), author: caller.userName ?? String(caller.userID), connection: caller.connection, door: .socket,
            request: String(repeating: "0", count: 16 - number.count) + number)
    }

    var description: String { principal.description }
}
