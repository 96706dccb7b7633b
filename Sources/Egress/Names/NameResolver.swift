package import Model
package import NIOCore

/// Finds the addresses of a name. Each request asks once and dials only what it got.
package protocol NameResolver: Sendable {
    /// At least one address of exactly this name, or `nameNotFound`, `timeout` or `tooManyLookups`. `owner` is whose share
    /// of lookups it is.
    func addresses(of name: String, for owner: EgressOwner, on loop: any EventLoop) -> EventLoopFuture<[Address]>
}
