import Egress
import Model
import Plugins
import Store
import Workflows

/// Makes requests of workflows by the way out that plugins have, under the operator's rules for workflows.
struct WorkflowRequests: Sendable {
    /// The name under which what they move is counted; no plugin's.
    static let account = PluginID(unchecked: "-workflows")

    let egress: Egress
    let destinations: WorkflowDestinations
    let secrets: Secrets
    let store: Store
    let shelf: DocumentShelf
    let usage: UsageDesk

    /// What came of a request, within `timeout` from now; a body that cannot go through a run goes to `keep`. Throws where nothing
    /// was tried.
    func send(
        _ action: HTTPAction, _ form: Payload, within timeout: Duration, key: String, for tenant: TenantID, keeping keep: ContentKeeper
    ) async throws(Problem) -> PlannerEvent.Outcome {
        var request = try PreparedRequest(action, form, key: key)
        try destinations.check(request.address.host)
        if let document = request.document { request = try await loaded(request, document, tenant) }
        var fields = request.fields.map { MessageHead.Field($0.name, $0.value) }
        var hidden: String?
        if let secret = action.secret {
            let value = try await value(of: secret, for: request.address.host, tenant)
            fields.append(MessageHead.Field(secret.header, secret.prefix + value))
            hidden = value
        }
        // What the tenant's plan leaves of the way out is known before something goes out.
        try await usage.open(tenant)
        return await end(of: request, fields, timeout, tenant).hiding(hidden).outcome(of: action, to: request.address, keeping: keep)
    }

    /// A request with a document of the tenant's as its body.
    private func loaded(
        _ request: PreparedRequest, _ id: DocumentID, _ tenant: TenantID
    ) async throws(Problem) -> PreparedRequest {
        let folder = try await store.tenant(tenant)
        let document = try await shelf.find(id, in: folder)
        guard document.size.bytes <= HTTPAction.documentLimit else {
            throw Problem(
                .unsupported, "document \(id) is larger than \(ByteSize(bytes: HTTPAction.documentLimit))",
                hint: "have a plugin send what is large")
        }
        let bytes = try await folder.blobs().open(document.digest).read(at: 0, count: Int(document.size.bytes))
        return request.carrying(bytes, of: document.mediaType)
    }

    private func end(
        of request: PreparedRequest, _ fields: [MessageHead.Field], _ timeout: Duration, _ tenant: TenantID
    ) async -> RequestEnd {
        let address = request.address
        let outbound = OutboundRequest(
            OutboundRequest.Method(request.method), to: Authority(host: address.host, port: address.port), isEncrypted: address.isEncrypted,
            path: address.path, fields: fields, body: request.body, answerLimit: HTTPAction.answerLimit, keepsFields: true, deadline: timeout)
        do {
            let answer = try await egress.send(
                outbound, for: tenant, allowing: destinations.allowed, on: egress.account(of: Self.account, for: tenant))
            return .answered(
                ReceivedAnswer(
                    status: answer.status, fields: answer.fields.map { PreparedRequest.Field(name: $0.name, value: $0.value) }, body: answer.body))
        } catch let refusal as Refusal {
            return .failed(StepError(refusal, of: address.host), mayHaveArrived: refusal.mayHaveArrived)
        } catch {
            return .failed(StepError(Problem(.cancelled, "the request was cancelled")), mayHaveArrived: true)
        }
    }

    /// A secret, which exists from here to the socket.
    private func value(
        of secret: HTTPAction.Secret, for host: Host, _ tenant: TenantID
    ) async throws(Problem) -> String {
        let value = try await secrets.value(of: secret.name, for: host, in: try await store.tenant(tenant))
        guard value.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw Problem(
                .invalidInput, "secret \(secret.name) cannot stand in a header",
                hint: "it has a line break, a control character or another script in it")
        }
        return value
    }
}

extension OutboundRequest.Method {
    fileprivate init(_ method: HTTPAction.Method) {
        self =
            switch method {
            case .get: .get
            case .head: .head
            case .post: .post
            case .put: .put
            case .patch: .patch
            case .delete: .delete
            }
    }
}

extension StepError {
    /// Names the host at most: what addresses it has behind the operator's resolver is not for whoever writes workflows.
    fileprivate init(_ refusal: Refusal, of host: Host) {
        let code: Problem.Code
        switch refusal.kind {
        case .addressNotPublic:
            self.init(
                Problem(
                    .permissionDenied, "\(host) has no public address that is reached by https",
                    hint: "requests go to public addresses by https; an operator allows others with `workflows: {allow-private}`"))
            return
        case .badAnswer:
            self.init(StepError.badAnswerCode, refusal.reason)
            return
        case .timeout: code = .deadlineExceeded
        case .volumeUsedUp, .requestsUsedUp: code = .quotaExceeded
        case .tooManyConnections, .tooManyLookups: code = .retryLater
        case .shuttingDown: code = .shuttingDown
        default: code = .unreachable
        }
        self.init(Problem(code, refusal.reason, hint: refusal.hint))
    }
}
