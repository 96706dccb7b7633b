import HTTPTypes
import HummingbirdCore
import Model
import NIOCore
import Tenancy

/// A message for a workflow, from its arrival to the answer.
extension Exchange {
    func receive() async throws -> Answer {
        // Not the house's own: a host of a tenant is of that tenant alone.
        guard let tenant = addressee, let workflow = text("workflow").flatMap(WorkflowID.init(rawValue:)),
            let trigger = text("trigger").flatMap(NodeID.init(rawValue:))
        else { throw Refusal.noReceiver }
        let place = "\(tenant)/\(workflow)/\(trigger)"
        switch try await port.open(try inboundRequest(workflow, trigger), for: tenant) {
        case .unknown: throw Refusal.noReceiver
        case .refused(.wrongSignature):
            try inbound.countWrongProof(place, from: visitor.address)
            throw Refusal(.wrongSignature)
        case .refused(let fault):
            // Who is right, or need not prove anything, and sends what cannot be used, has a rate too.
            try inbound.checkRate(place, tenant)
            throw Refusal(fault)
        case .open(let delivery):
            if delivery.isGuessable { try inbound.checkGuesses(place, from: visitor.address) }
            try inbound.checkRate(place, tenant)
            return try await answer(delivery, tenant)
        }
    }

    private func answer(_ delivery: InboundDelivery, _ tenant: TenantID) async throws -> Answer {
        let receipt: InboundDelivery.Receipt
        do throws(Problem) {
            receipt = try await delivery.begin()
        } catch {
            // It was taken away at this moment.
            throw [.notFound, .conflict].contains(error.code) ? Refusal.noReceiver : Refusal(error)
        }
        guard receipt.isNew else {
            throw Refusal(
                .conflict, "replayed", "this message came before, and began run \(receipt.run)",
                hint: "nothing is to be done; another message needs another identifier")
        }
        guard let limit = delivery.wait, inbound.beginWaiting(tenant) else { return accepted(receipt) }
        defer { inbound.endWaiting(tenant) }
        // Whatever is wrong with waiting, the run was accepted.
        switch try? await delivery.end(receipt.run, limit) {
        case .succeeded(let output): return .json(output)
        case .failed:
            let refusal = Refusal(.badGateway, "runFailed", "run \(receipt.run) failed", hint: "its log says why")
            return Answer(refusal, request: id)
        case .underWay, nil: return accepted(receipt)
        }
    }

    private func accepted(_ receipt: InboundDelivery.Receipt) -> Answer {
        .json(["run": .string(receipt.run.rawValue), "id": JSONValue(receipt.name)], .accepted)
    }

    /// The tenant that the path names, or whose host was asked; nil where those are two.
    var addressee: TenantID? {
        let named = text("tenant").flatMap(TenantID.init(rawValue:))
        guard case .tenant(let host) = residence else { return named }
        return named == nil || named == host ? host : nil
    }

    private func inboundRequest(_ workflow: WorkflowID, _ trigger: NodeID) throws(Refusal) -> InboundRequest {
        let query = try Target(request.head.path ?? "").query
        return InboundRequest(
            workflow: workflow, trigger: trigger,
            headers: request.headers.map { (name: $0.name.canonicalName, value: $0.value) },
            query: Dictionary(query.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 }), body: Array(message.readableBytesView))
    }
}

extension Refusal {
    /// The same for what is not there, rests, or lacks its secret.
    fileprivate static let noReceiver = Refusal(.notFound, "notFound", "nothing receives messages here")

    fileprivate init(_ fault: InboundFault) {
        switch fault {
        case .wrongSignature: self.init(.forbidden, "wrongSignature", "the message does not prove who sent it")
        case .stale:
            self.init(
                .forbidden, "staleMessage", "the message was not sent just now",
                hint: "set the sender's clock, or sign anew for each try")
        case .unsupportedMediaType:
            self.init(.unsupportedMediaType, "unsupportedMediaType", "the body must be application/json")
        case .malformedBody(let cause):
            self.init(
                .badRequest, "malformedBody", "the body is not JSON: \(cause)", faults: [Fault(.pointer(""), cause)])
        case .tooLarge: self.init(.contentTooLarge, "contentTooLarge", "the message is larger than \(API.messageLimit)")
        }
    }
}
