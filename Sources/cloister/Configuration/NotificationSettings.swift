import Egress
import Model
import Tenancy

/// What the operator decided about what tenants are told.
struct NotificationSettings: Hashable, Sendable {
    /// How mails are sent.
    struct Mail: Hashable, Sendable {
        /// A program that takes a mail as sendmail(8) does, by its absolute path.
        var program: String
        var sender: EmailAddress
    }

    /// Nil where none are.
    var mail: Mail?
    /// Addresses that are not public and that webhooks may go to all the same, also without TLS.
    var allowed = PrivateGrants()

    init() {}

    /// Reads the key `notifications` of `cloister.yaml`.
    init(_ node: YAMLNode, folder: String) throws(Problem) {
        var mapping = try node.mapping
        if let node = mapping.take("allow-private") {
            allowed = PrivateGrants(
                try node.sequence.map { (node) throws(Problem) in
                    let text = try node.line(limit: 80)
                    return try node.located { () throws(Problem) in try PrivateGrants.Entry(text) }
                })
        }
        if let node = mapping.take("mail") {
            var members = try node.mapping
            let sender = try members.required("from")
            let address = try sender.located { () throws(Problem) in try EmailAddress(try sender.line(limit: 254)) }
            let program = try members.take("sendmail")?.line(limit: 1024) ?? "/usr/sbin/sendmail"
            mail = Mail(program: Path.absolute(program, from: folder), sender: address)
            try members.finish()
        }
        try mapping.finish()
    }
}
