import Control
import Model
import NIOCore
import Plugins
import Store
import Web
import Workflows

extension WebPort {
    func open(_ message: InboundRequest, for tenant: TenantID) async throws(Problem) -> InboundOpening {
        let daemon = handler.daemon
        try ControlMethod.workflowExecute.check(in: daemon.state)
        let opening = try await daemon.engine.open(
            WebhookMessage(headers: message.headers, query: message.query, body: message.body),
            at: WebhookPlace(message.workflow, message.trigger), for: tenant,
            StoredSecrets(secrets: daemon.host.secrets, store: daemon.store))
        switch opening {
        case .unknown: return .unknown
        case .refused(let fault): return .refused(InboundFault(fault))
        case .open(let delivery): return .open(inbound(delivery, for: tenant))
        }
    }

    private func inbound(_ delivery: WebhookDelivery, for tenant: TenantID) -> InboundDelivery {
        let engine = handler.daemon.engine
        return InboundDelivery(
            isGuessable: delivery.trigger.proof?.isGuessable ?? false,
            wait: delivery.trigger.reply == .result ? delivery.trigger.replyTimeout : nil,
            begin: { () throws(Problem) in
                let (run, isNew) = try await engine.accept(delivery, for: tenant)
                return InboundDelivery.Receipt(run: run, isNew: isNew, name: delivery.name)
            },
            end: { (id, limit) throws(Problem) in
                let run = try await engine.wait(for: id, of: tenant, within: limit)
                return switch run.state {
                case .running: .underWay
                case .succeeded: .succeeded(ByteBuffer(string: run.output?.text ?? "null"))
                case .failed, .cancelled: .failed
                }
            })
    }
}

/// What proves messages is a secret of the tenant's.
private struct StoredSecrets: SecretSource {
    let secrets: Secrets
    let store: Store

    func secret(_ name: String, of tenant: TenantID) async throws(Problem) -> String {
        try await secrets.value(of: name, in: try await store.tenant(tenant))
    }
}

extension InboundFault {
    fileprivate init(_ fault: WebhookFault) {
        self =
            switch fault {
            case .wrongSignature: .wrongSignature
            case .stale: .stale
            case .unsupportedMediaType: .unsupportedMediaType
            case .malformedBody(let cause): .malformedBody(cause)
            case .tooLarge: .tooLarge
            }
    }
}
