/// A request that the daemon itself sends to an address which a tenant chose.
package struct OutboundRequest: Sendable {
    package let destination: Authority
    /// Whether over TLS. Without it only an address that the operator allows by name is dialled.
    package let isEncrypted: Bool
    /// Path and query, in printable ASCII.
    package let path: String
    package let fields: [MessageHead.Field]
    package let body: [UInt8]
    /// For all of it, from the look-up of the name on.
    package let deadline: Duration

    package init(
        to destination: Authority, isEncrypted: Bool, path: String, fields: [MessageHead.Field], body: [UInt8], deadline: Duration
    ) {
        self.destination = destination
        self.isEncrypted = isEncrypted
        self.path = path
        self.fields = fields
        self.body = body
        self.deadline = deadline
    }
}

/// What is read of an answer: its head. The body is nobody's business and stays unread.
package struct OutboundAnswer: Sendable, Hashable {
    package let status: Int
    /// The field `Retry-After`, where there is one.
    package let retryAfter: String?

    package init(status: Int, retryAfter: String?) {
        self.status = status
        self.retryAfter = retryAfter
    }
}
