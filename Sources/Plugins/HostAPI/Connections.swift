package import Model
package import NIOCore

/// The connections of tenants, as plugins call their actions. Owned here, supplied by whoever connects.
package protocol Connections: Sendable {
    /// Runs an action of a connection; input and output are JSON texts. `notFound` where the tenant has no such connection.
    func call(
        _ action: String, of connection: String, input: ByteBuffer, for tenant: TenantID
    ) async throws(Problem) -> ByteBuffer
}

/// A host to which nothing is connected.
package struct NoConnections: Connections {
    package init() {}

    package func call(
        _ action: String, of connection: String, input: ByteBuffer, for tenant: TenantID
    ) async throws(Problem) -> ByteBuffer {
        throw Problem(
            .notFound, "connection not found: \(connection.prefix(80))", hint: "tenant \(tenant) has no connections")
    }
}
