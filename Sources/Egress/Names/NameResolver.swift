package import NIOCore

/// Finds the addresses of a name. Each request asks once and dials only what it got.
package protocol NameResolver: Sendable {
    /// At least one address, or `nameNotFound`, `timeout` or `tooManyConnections`.
    func addresses(of name: String, on loop: any EventLoop) -> EventLoopFuture<[Address]>
}
