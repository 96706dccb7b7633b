/// A request that the daemon itself sends to an address which a tenant chose.
package struct OutboundRequest: Sendable {
    package enum Method: String, Sendable {
        case get = "GET"
        case head = "HEAD"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"
    }

    package let method: Method
    package let destination: Authority
    /// Whether over TLS. Without it only an address that the operator allows by name is dialled.
    package let isEncrypted: Bool
    /// Path and query, in printable ASCII.
    package let path: String
    package let fields: [MessageHead.Field]
    package let body: [UInt8]
    /// How many bytes of the answer's body are read at most, its framing included; a longer one is a bad answer. With 0
    /// the body stays unread.
    package let answerLimit: Int
    /// Whether the fields of the answer are wanted, too.
    package let keepsFields: Bool
    /// For all of it, from the look-up of the name on.
    package let deadline: Duration

    package init(
        _ method: Method = .post, to destination: Authority, isEncrypted: Bool, path: String, fields: [MessageHead.Field],
        body: [UInt8], answerLimit: Int = 0, keepsFields: Bool = false, deadline: Duration
    ) {
        self.method = method
        self.destination = destination
        self.isEncrypted = isEncrypted
        self.path = path
        self.fields = fields
        self.body = body
        self.answerLimit = answerLimit
        self.keepsFields = keepsFields
        self.deadline = deadline
    }
}

extension OutboundRequest {
    /// Whether its body has a length, if only none (RFC 9110, section 8.6).
    var hasLength: Bool { !body.isEmpty || [.post, .put, .patch].contains(method) }
}

/// What is read of an answer: its head and, where it was asked for, its body.
package struct OutboundAnswer: Sendable, Hashable {
    package let status: Int
    /// The field `Retry-After`, where there is one.
    package let retryAfter: String?
    package let fields: [MessageHead.Field]
    package let body: [UInt8]

    package init(status: Int, retryAfter: String?, fields: [MessageHead.Field] = [], body: [UInt8] = []) {
        self.status = status
        self.retryAfter = retryAfter
        self.fields = fields
        self.body = body
    }
}
