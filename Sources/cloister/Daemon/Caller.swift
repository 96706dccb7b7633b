import Control
import Tenancy

/// Whoever asks something of the daemon, over the control socket or over HTTP.
struct Caller: Sendable, CustomStringConvertible {
    let principal: Principal
    /// What it brings is kept apart under this number: unique in this daemon's life.
    let connection: UInt64

    init(_ principal: Principal, connection: UInt64) {
        self.principal = principal
        self.connection = connection
    }

    /// The socket's file decides who may come so far; whoever did may do everything.
    init(_ caller: ControlCaller) { self.init(.local(caller.description), connection: caller.connection) }

    var description: String { principal.description }
}
