import Crypto
package import Model

/// What somebody did or tried to do. Never a secret, nor what a document holds.
package struct AuditAttempt: Sendable, Hashable {
    /// Which way it came into the house.
    package enum Door: String, Sendable {
        case socket, http
        /// A request of a plugin to the host.
        case plugin
    }

    /// The request's number, under which its answer and the daemon's own log name it, too.
    package let request: String
    package let principal: String
    package let door: Door
    /// The name of the operation, the same on the control socket and over HTTP.
    package let method: String
    package let tenant: TenantID?
    /// What within the tenant it is about: a plugin, a key, the name of a secret; empty where there is nothing to name.
    package let subject: String

    package init(
        request: String, principal: String, door: Door, method: String, tenant: TenantID?, subject: String
    ) {
        self.request = request
        // Names of users and of things may be anything; a log wants a bound.
        self.principal = String(principal.prefix(200))
        self.door = door
        self.method = method
        self.tenant = tenant
        self.subject = String(subject.prefix(200))
    }
}

/// A link of a log's chain.
package struct AuditEntry: Sendable, Hashable {
    package enum Kind: String, Sendable {
        /// A change is about to be made.
        case intent
        /// What came of it.
        case outcome
        /// Something was refused for want of permission.
        case denied
    }

    /// From 1, without gaps.
    package let sequence: Int64
    /// In milliseconds since 1970 (UTC).
    package let time: Int64
    package let kind: Kind
    package let attempt: AuditAttempt
    /// Of an outcome `done`, a problem's code, or `interrupted` where the daemon ended before it knew; of what was denied
    /// the code. Empty for an intent.
    package let outcome: String
    /// How often it happened since the entry before that says the same; more than one only where something was denied.
    package let count: Int64
    /// The entry of the intent that this is the outcome of.
    package let intent: Int64?
    /// The digest of the entry before; of the first one the origin of the log.
    package let previous: [UInt8]
    package let digest: [UInt8]

    package static let done = "done"
    package static let interrupted = "interrupted"

    /// A new link, behind one whose digest is `previous`.
    init(
        _ sequence: Int64, _ time: Int64, _ kind: Kind, _ attempt: AuditAttempt, outcome: String = "", count: Int64 = 1,
        intent: Int64? = nil, previous: [UInt8]
    ) {
        self.init(sequence, time, kind, attempt, outcome, count, intent, previous: previous, digest: [])
        self = AuditEntry(
            sequence, time, kind, attempt, outcome, count, intent, previous: previous, digest: digest(standingAt: sequence))
    }

    /// One as it was kept.
    init(
        _ sequence: Int64, _ time: Int64, _ kind: Kind, _ attempt: AuditAttempt, _ outcome: String, _ count: Int64,
        _ intent: Int64?, previous: [UInt8], digest: [UInt8]
    ) {
        self.sequence = sequence
        self.time = time
        self.kind = kind
        self.attempt = attempt
        self.outcome = outcome
        self.count = count
        self.intent = intent
        self.previous = previous
        self.digest = digest
    }

    /// What the digest has to be if the entry is the one at this place: SHA-256 of the digest before and of the fields,
    /// each written as its length in decimal digits, a colon, its bytes and a comma.
    func digest(standingAt sequence: Int64) -> [UInt8] {
        var bytes = previous
        let fields = [
            String(sequence), String(time), kind.rawValue, attempt.request, attempt.principal, attempt.door.rawValue,
            attempt.method, attempt.tenant?.rawValue ?? "", attempt.subject, outcome, String(count),
            intent.map { String($0) } ?? "",
        ]
        for field in fields {
            bytes += Array("\(field.utf8.count):".utf8)
            bytes += Array(field.utf8)
            bytes.append(UInt8(ascii: ","))
        }
        return Array(SHA256.hash(data: bytes))
    }
}
