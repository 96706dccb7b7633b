import Logging
package import Model
import Store

/// Whoever may open the tenants' secrets.
package protocol SecretSource: Sendable {
    /// Throws `notFound` where the tenant has none of this name.
    func secret(_ name: String, of tenant: TenantID) async throws(Problem) -> String
}

/// What became of a message.
package enum WebhookOpening: Sendable {
    /// Nothing is there that could take it, for whatever reason: who does not belong there learns no more.
    case unknown
    case refused(WebhookFault)
    case open(WebhookDelivery)
}

/// A message that was proved.
package struct WebhookDelivery: Sendable {
    package let trigger: WebhookTrigger
    let place: WebhookPlace
    let input: Payload
    /// What its sender calls it.
    package let name: String?
    let variables: JSONValue
}

/// Runs that messages of other services begin.
extension WorkflowEngine {
    /// Looks at a message without doing anything for it: whether something takes it, whether its sender is who may send, and
    /// whether it can be read, in this order.
    package func open(
        _ message: WebhookMessage, at place: WebhookPlace, for tenant: TenantID, _ secrets: any SecretSource
    ) async throws(Problem) -> WebhookOpening {
        guard startsByItself(tenant) else { return .unknown }
        let entry: (trigger: WebhookTrigger, variables: JSONValue)
        var secret: String?
        do throws(Problem) {
            guard let known = try await triggers(of: tenant).webhooks[place] else { return .unknown }
            entry = known
            if let proof = known.trigger.proof { secret = try await secrets.secret(proof.secretName, of: tenant) }
        } catch {
            // No such tenant, or no such secret yet.
            guard error.code == .notFound else { throw error }
            return .unknown
        }
        do throws(WebhookFault) {
            return .open(try await delivery(of: message, at: place, entry.trigger, secret, entry.variables))
        } catch {
            return .refused(error)
        }
    }

    /// Away from the engine, which has others to serve while a large message is read.
    private nonisolated func delivery(
        of message: WebhookMessage, at place: WebhookPlace, _ trigger: WebhookTrigger, _ secret: String?, _ variables: JSONValue
    ) async throws(WebhookFault) -> WebhookDelivery {
        var code: String?
        if let proof = trigger.proof {
            guard let secret else { throw .wrongSignature }
            code = try proof.check(message, secret: secret, at: Moment.now)
        }
        guard message.isJSON else { throw .unsupportedMediaType }
        let body: JSONValue
        do throws(Problem) {
            body = try JSONValue.parse(message.body, as: "the body")
        } catch {
            throw .malformedBody(error.cause ?? error.message)
        }
        let name = trigger.proof.flatMap { $0.name(of: message, body, code: code) }
        let input = Payload.inline(message.input(body, name: name, handingOn: trigger.handedOn).compactText)
        guard input.size <= Payload.limit else { throw .tooLarge }
        return WebhookDelivery(trigger: trigger, place: place, input: input, name: name, variables: variables)
    }

    /// Accepts the run of a message: it is on disk when this returns. One of the same name that was accepted before begins none;
    /// its run is the answer, and `isNew` false.
    ///
    /// Throws `notFound` and `conflict` where the trigger is there no more, `invalidInput` where the message gives no name,
    /// `retryLater` where too many runs wait.
    package func accept(_ delivery: WebhookDelivery, for tenant: TenantID) async throws(Problem) -> (run: RunID, isNew: Bool) {
        var beginning = Beginning(input: delivery.input)
        beginning.trigger = delivery.place.node
        beginning.depth = 0
        if let name = try await name(of: delivery, for: tenant) {
            // No caller's key begins with a control character.
            beginning.deduplication = "\u{1}webhook \(delivery.place.node) \(StepIdentity.digest([name]))"
        }
        let acceptance = try await accept(delivery.place.workflow, beginning, for: tenant)
        return (acceptance.run, !acceptance.isKnown)
    }

    private func name(of delivery: WebhookDelivery, for tenant: TenantID) async throws(Problem) -> String? {
        guard let template = delivery.trigger.deduplicate else { return delivery.name }
        let place = delivery.place
        let nobody = Run(
            id: RunID(unchecked: "run-0"), workflow: place.workflow, version: 0, trigger: place.node, input: delivery.input,
            began: Moment.now)
        let name = try await Answering(evaluator: evaluator, tenant: tenant)
            .text(template, of: nobody, delivery.variables, as: "deduplicate of trigger \(place.node)")
        // A message that it does not know may still have the name that its sender gave it.
        return name == "null" || name.isEmpty ? delivery.name : name
    }
}
