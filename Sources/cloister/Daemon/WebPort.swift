import Control
import Model
import NIOCore
import Plugins
import Store
import Tenancy
import Web

/// The HTTP API asks what the control socket asks: the same requests, read and refused in the same way.
struct WebPort: DaemonPort {
    let handler: DaemonHandler

    private var daemon: Daemon { handler.daemon }

    func perform(
        _ operation: Web.Operation, events: @escaping @Sendable (JSONValue) async throws -> Void
    ) async throws -> ByteBuffer {
        let method = try ControlMethod(named: operation.name)
        try method.check(in: daemon.state)
        let request = try ControlRequest(method, parameters: operation.parameters)
        let reply = try await handler.perform(
            request,
            for: Caller(
                operation.requester.principal, connection: operation.requester.number, door: .http, request: operation.request),
            stream: ControlStream(events), where: operation.precondition)
        return reply.bytes
    }

    func offers(_ search: OfferSearch, for tenant: TenantID) async throws(Problem) -> [Offer] {
        try ControlMethod.pluginList.check(in: daemon.state)
        try daemon.checkFeature(of: .pluginList, for: tenant)
        return try await handler.marketplace.offers(search, for: tenant)
    }

    func offer(_ id: String, for tenant: TenantID) async throws(Problem) -> Offer {
        try ControlMethod.pluginList.check(in: daemon.state)
        try daemon.checkFeature(of: .pluginList, for: tenant)
        return try await handler.marketplace.offer(id, for: tenant)
    }

    func beginDocument(
        _ name: String, size: ByteSize, for tenant: TenantID, _ requester: Requester
    ) async throws(Problem) -> String {
        try ControlMethod.documentBegin.check(in: daemon.state)
        try daemon.checkFeature(of: .documentBegin, for: tenant)
        return try await daemon.host.documents.begin(
            name, size: size, for: try await daemon.store.tenant(tenant), owner: requester.number)
    }

    func appendDocument(_ bytes: [UInt8], to handle: String, _ requester: Requester) async throws(Problem) {
        try await daemon.host.documents.append(bytes, to: handle, owner: requester.number)
    }

    func finishDocument(_ handle: String, _ requester: Requester) async throws(Problem) -> String {
        try await daemon.host.documents.finish(handle, owner: requester.number).digest.hexadecimal
    }

    func openUpload(
        _ id: UploadID, at offset: Int64, length: Int64, isLast: Bool, tenant: TenantID
    ) async throws(Problem) -> UploadOpening {
        try ControlMethod.uploadAppend.check(in: daemon.state)
        try daemon.checkFeature(of: .uploadAppend, for: tenant)
        let uploads = daemon.host.uploads
        let store = try await daemon.store.tenant(tenant)
        switch try await uploads.open(id, at: offset, length: length, isLast: isLast, in: store) {
        case .elsewhere(let offset): return .elsewhere(offset)
        case .finished: return .finished
        case .otherSize(let size): return .otherSize(size)
        case .ready(let ticket):
            return .ready(
                UploadPart(
                    append: { bytes throws(Problem) in try await uploads.append(bytes, ticket) },
                    close: { () throws(Problem) in try await uploads.close(ticket) }))
        }
    }

    func content(of id: DocumentID, tenant: TenantID) async throws(Problem) -> DocumentContent {
        try ControlMethod.documentRead.check(in: daemon.state)
        try daemon.checkFeature(of: .documentRead, for: tenant)
        let store = try await daemon.store.tenant(tenant)
        let document = try await daemon.host.shelf.find(id, in: store)
        let blob = try await store.blobs().open(document.digest)
        return DocumentContent(
            name: document.name, mediaType: document.mediaType, size: document.size.bytes,
            sha256: document.digest.hexadecimal
        ) { (offset, count) async throws(Problem) in try await blob.read(at: offset, count: count) }
    }

    func export(
        of tenant: TenantID, backup: BackupID?, key: String, request: String, _ requester: Requester
    ) async throws -> ExportContent {
        try ControlMethod.tenantExport.check(in: daemon.state)
        let attempt = AuditAttempt(
            request: request, principal: requester.principal.description, door: .http,
            method: ControlMethod.tenantExport.rawValue, tenant: tenant, subject: backup?.rawValue ?? "")
        let file = try await daemon.audit.record(attempt, in: .platform) {
            try await daemon.backups.export(tenant, backup, key: try ExportKey(key))
        }
        return ExportContent(size: file.size.bytes) { (offset, count) async throws(Problem) in
            try await file.read(at: offset, count: count)
        }
    }

    func recorded<Value: Sendable>(_ deed: Deed, _ change: @Sendable () async throws -> Value) async throws -> Value {
        let attempt = AuditAttempt(
            request: deed.request, principal: deed.principal.description, door: .http, method: deed.operation,
            tenant: deed.tenant, subject: deed.subject)
        let place = await daemon.audit.place(for: deed.tenant)
        return try await daemon.turns.take(deed.changesPeople ? [ControlRequest.turn(ofPeopleOf: deed.tenant)] : []) {
            try await daemon.audit.record(attempt, in: place, brakes: deed.isBrake, change)
        }
    }

    func inTurn<Value: Sendable>(with subject: String, _ body: @Sendable () async throws -> Value) async throws -> Value {
        try await daemon.turns.take([subject], body)
    }

    func denied(_ denial: Denial) async { await handler.note(denial) }

    func release(_ requester: Requester) async { await daemon.host.documents.release(owner: requester.number) }

    func drop(keysMadeBy person: Person, beyond scopes: Set<Scope>) { daemon.keys.drop(madeBy: person, beyond: scopes) }

    func admit(_ tenant: TenantID) throws(Problem) { try daemon.features.check(.api, for: tenant) }

    func rate(of tenant: TenantID) -> RatePolicy? { daemon.plans.plan(of: tenant)?.rate }

    func residence(of host: String, isFromHere: Bool) -> Residence {
        daemon.domains.residence(of: host, isFromHere: isFromHere)
    }

    func noteServed(_ host: String) { daemon.domains.noteServed(host) }

    func allowsCertificate(for name: String) -> Bool? { daemon.domains.allowsCertificate(for: name) }

    func logo(of tenant: TenantID) async throws(Problem) -> Logo? {
        try ControlMethod.whitelabelLogoShow.check(in: daemon.state)
        try daemon.checkFeature(of: .whitelabelLogoShow, for: tenant)
        return try await daemon.brandings.logo(of: tenant)
    }

    func look(at host: String) async throws(Problem) -> Look {
        guard case .tenant(let tenant) = residence(of: host, isFromHere: false), daemon.features.isOn(.whitelabel, for: tenant)
        else { return Look() }
        return Look(
            try await daemon.brandings.branding(of: tenant), logo: try await daemon.brandings.logo(of: tenant))
    }

    var signIn: SignIn { daemon.signIn }

    var isMailing: Bool { daemon.personalMails.isMailing }

    func mailRecovery(of email: String, in tenant: TenantID?, request: String) async throws(Problem) {
        try await daemon.acceptRecovery(of: email, in: tenant, request: request)
    }

    func tell(_ person: Person, of event: AccountEvent, also former: EmailAddress?) async {
        await daemon.tell(person, of: event, also: former)
    }

    func unreadiness() async -> String? {
        switch daemon.state {
        case .ready, .reloading: await daemon.isHealthy() ? nil : "the daemon is not healthy"
        case .starting, .draining: "the daemon is \(daemon.state.rawValue)"
        }
    }

    func gauges() async -> [Gauge] { await DaemonGauges(daemon).all }
}
