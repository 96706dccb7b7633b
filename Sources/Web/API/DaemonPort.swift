package import Model
package import NIOCore
package import Tenancy

/// What the API asks of the daemon. The composition root supplies it.
package protocol DaemonPort: Sendable {
    /// Performs an operation of the control socket, under the same rules, and gives its result as one JSON text.
    ///
    /// `events` takes what the operation tells while it runs. Throws `Problem`, or `CancellationError`.
    func perform(
        _ operation: Operation, events: @escaping @Sendable (JSONValue) async throws -> Void
    ) async throws -> ByteBuffer

    /// The plugins that a tenant has or can have, by id.
    func offers(_ search: OfferSearch, for tenant: TenantID) async throws(Problem) -> [Offer]
    /// The one with that id, or `notFound` with the one that was probably meant.
    func offer(_ id: String, for tenant: TenantID) async throws(Problem) -> Offer

    /// Starts to receive a document of exactly `size` bytes; the answer names it to the operations of the same requester.
    func beginDocument(_ name: String, size: ByteSize, for tenant: TenantID, _ requester: Requester) async throws(Problem)
        -> String
    func appendDocument(_ bytes: [UInt8], to handle: String, _ requester: Requester) async throws(Problem)
    /// The SHA-256 of the whole, in hexadecimal digits.
    func finishDocument(_ handle: String, _ requester: Requester) async throws(Problem) -> String
    /// Asks to write to an upload; with `isLast` it is to end with these bytes.
    func openUpload(
        _ id: UploadID, at offset: Int64, length: Int64, isLast: Bool, tenant: TenantID
    ) async throws(Problem) -> UploadOpening
    func content(of document: DocumentID, tenant: TenantID) async throws(Problem) -> DocumentContent
    /// A tenant as one file, sealed with the key of whoever asks.
    func export(
        of tenant: TenantID, backup: BackupID?, key: String, request: String, _ requester: Requester
    ) async throws -> ExportContent
    /// Makes a change that is no operation of the control socket; it is written down before and after. Where it changes people,
    /// nothing else changes those of the tenant meanwhile.
    func recorded<Value: Sendable>(_ deed: Deed, _ change: @Sendable () async throws -> Value) async throws -> Value
    /// Runs `body` while nobody else does something with that subject.
    func inTurn<Value: Sendable>(with subject: String, _ body: @Sendable () async throws -> Value) async throws -> Value
    /// Somebody was not let in, or not to that.
    func denied(_ denial: Denial) async
    /// The requester asks no more: what it brought and nobody kept can go.
    func release(_ requester: Requester) async

    /// Looks at a message for a workflow of the tenant's, from somebody whom only its proof makes known.
    func open(_ message: InboundRequest, for tenant: TenantID) async throws(Problem) -> InboundOpening

    /// What a link of the tenant's opens by this text, to somebody of whom nothing is known. Nil where nothing is opened; why
    /// is not for whoever asks.
    func shared(by token: String, of tenant: TenantID) async throws(Problem) -> SharedWorkflow?

    /// Whom a request is for, from the host that it names; `isFromHere` where it was sent on this machine.
    func residence(of host: String, isFromHere: Bool) -> Residence
    /// Somebody was answered under this host, over TLS.
    func noteServed(_ host: String)
    /// Whether a certificate may be made for a name; nil where too many that nobody has were asked about just now.
    func allowsCertificate(for name: String) -> Bool?

    /// Forgets the keys that a person made and that open more than that; the registry has dropped them.
    func drop(keysMadeBy person: Person, beyond scopes: Set<Scope>)

    /// Refuses where the tenant's own keys open nothing now.
    func admit(_ tenant: TenantID) throws(Problem)

    /// How often a tenant may use the API by its plan; nil for what the configuration says.
    func rate(of tenant: TenantID) -> RatePolicy?

    /// A tenant's logo; nil where it has none.
    func logo(of tenant: TenantID) async throws(Problem) -> Logo?

    /// How pages look at a host, named as in a request.
    func look(at host: String) async throws(Problem) -> Look

    /// Logins at the tenants' own providers.
    var signIn: SignIn { get }
    /// Whether this host sends mails.
    var isMailing: Bool { get }
    /// Mails whoever has the address the text to set another password with. Returns at once, so that nothing shows whether
    /// there is anybody. Throws `retryLater` where too many wait already, and then nothing is mailed.
    func mailRecovery(of email: String, in tenant: TenantID?, request: String) async throws(Problem)
    /// Tells a person what was done with the person's account, at another address, too, where there was one.
    func tell(_ person: Person, of event: AccountEvent, also former: EmailAddress?) async

    /// Nil where the daemon serves; else why not.
    func unreadiness() async -> String?
    /// What is measured outside the server, at this moment.
    func gauges() async -> [Gauge]
}

/// A part of the marketplace.
package struct OfferSearch: Sendable {
    /// A part of the id, the name or the description.
    package let text: String?
    /// Only those whose id comes after this one.
    package let after: String?
    package let limit: Int

    package init(text: String?, after: String?, limit: Int) {
        (self.text, self.after, self.limit) = (text, after, limit)
    }
}

/// A plugin that is installed or can be.
package struct Offer: Sendable {
    package let id: String
    /// One JSON text, as `Schema.offer` says.
    package let json: ByteBuffer

    package init(id: String, json: ByteBuffer) {
        (self.id, self.json) = (id, json)
    }
}

/// Whoever asks, as the daemon keeps apart what each brings.
package struct Requester: Sendable, Hashable {
    package let principal: Principal
    /// Unique among those of this daemon's life.
    package let number: UInt64

    package init(_ principal: Principal, number: UInt64) {
        self.principal = principal
        self.number = number
    }
}

/// An operation with its parameters as one JSON object.
package struct Operation: Sendable {
    package let name: String
    package let parameters: ByteBuffer
    package let requester: Requester
    /// The number of the request.
    package let request: String
    /// Held before anything is changed; of no meaning for what only reads.
    package let precondition: Precondition?

    package init(
        _ name: String, _ parameters: ByteBuffer, by requester: Requester, request: String, precondition: Precondition? = nil
    ) {
        self.name = name
        self.parameters = parameters
        self.requester = requester
        self.request = request
        self.precondition = precondition
    }
}

/// A request that did not get as far as the daemon.
package struct Denial: Sendable {
    package let request: String
    /// Nil where nobody knows who asked.
    package let principal: Principal?
    package let operation: String
    /// The tenant that it was about, as the request said.
    package let tenant: TenantID?
    /// `unauthenticated` or `permissionDenied`.
    package let code: String
}

/// A change that is no operation of the control socket.
package struct Deed: Sendable {
    package let request: String
    package let principal: Principal
    package let operation: String
    /// Whether it only takes something away: it is done also where it cannot be written down.
    package let isBrake: Bool
    /// The tenant that it is about, and what there; without, the requester's own.
    package let tenant: TenantID?
    package let subject: String
    /// Whether it changes people of the tenant's, as operations do, too.
    package let changesPeople: Bool

    init(
        request: String, principal: Principal, operation: String, isBrake: Bool, tenant: TenantID? = nil, subject: String = "",
        changesPeople: Bool = false
    ) {
        self.request = request
        self.principal = principal
        self.operation = operation
        self.isBrake = isBrake
        self.tenant = tenant ?? principal.tenant
        self.subject = subject
        self.changesPeople = changesPeople
    }
}

/// A document's bytes, to be read in parts.
package struct DocumentContent: Sendable {
    package let name: String
    package let mediaType: String
    package let size: Int64
    /// In hexadecimal digits.
    package let sha256: String
    /// At most so many bytes from an offset; fewer only at the end.
    package let read: @Sendable (_ offset: Int64, _ count: Int) async throws(Problem) -> [UInt8]

    package init(
        name: String, mediaType: String, size: Int64, sha256: String,
        read: @escaping @Sendable (_ offset: Int64, _ count: Int) async throws(Problem) -> [UInt8]
    ) {
        self.name = name
        self.mediaType = mediaType
        self.size = size
        self.sha256 = sha256
        self.read = read
    }
}

/// What came of asking to write to an upload.
package enum UploadOpening: Sendable {
    case ready(UploadPart)
    /// It stands at another offset.
    case elsewhere(Int64)
    case finished
    /// The part would end elsewhere than where the upload of this size does.
    case otherSize(Int64)
}

/// The right to write to an upload.
package struct UploadPart: Sendable {
    package let append: @Sendable ([UInt8]) async throws(Problem) -> Void
    /// To be called at the end in any case: keeps what was written. The offset where the upload stands then.
    package let close: @Sendable () async throws(Problem) -> Int64

    package init(
        append: @escaping @Sendable ([UInt8]) async throws(Problem) -> Void,
        close: @escaping @Sendable () async throws(Problem) -> Int64
    ) {
        self.append = append
        self.close = close
    }
}

/// A tenant's export, to be read in parts.
package struct ExportContent: Sendable {
    package let size: Int64
    /// At most so many bytes from an offset; fewer only at the end.
    package let read: @Sendable (_ offset: Int64, _ count: Int) async throws(Problem) -> [UInt8]

    package init(size: Int64, read: @escaping @Sendable (_ offset: Int64, _ count: Int) async throws(Problem) -> [UInt8]) {
        self.size = size
        self.read = read
    }
}

/// A number for monitoring, with what it is about.
package struct Gauge: Sendable, Hashable {
    package enum Kind: String, Sendable {
        case gauge, counter
    }

    package let name: String
    package let help: String
    package let kind: Kind
    package let labels: [String: String]
    package let value: Double

    package init(_ name: String, _ help: String, kind: Kind = .gauge, labels: [String: String] = [:], _ value: Double) {
        self.name = name
        self.help = help
        self.kind = kind
        self.labels = labels
        self.value = value
    }
}
