import Egress
import Model
import Tenancy

/// Brings messages to webhooks by the way out that plugins have, under the operator's rules for webhooks.
struct WebhookPost: WebhookTransport {
    private static let deadline = Duration.seconds(15)

    let egress: Egress
    /// Addresses that are not public and that messages may be brought to all the same.
    let allowed: PrivateGrants

    var allowsPlain: Bool { !allowed.entries.isEmpty }

    func check(_ address: WebhookAddress) throws(Problem) {
        guard case .address(let literal) = address.host, case .refused(let what) = allowed.verdict(on: literal, port: address.port)
        else { return }
        throw Problem(
            .invalidInput, "/url: \(address.host) is \(what)",
            hint: "webhooks go to public addresses; an operator allows others with `notifications: {allow-private}`")
    }

    func post(_ dispatch: Dispatch) async -> DeliveryOutcome {
        let address = dispatch.address
        let request = OutboundRequest(
            to: Authority(host: address.host, port: address.port), isEncrypted: address.isEncrypted, path: address.path,
            fields: [MessageHead.Field("User-Agent", "Cloister-Webhooks/1")]
                + dispatch.headers.map { MessageHead.Field($0.name, $0.value) },
            body: Array(dispatch.body.utf8), deadline: Self.deadline)
        do {
            let answer = try await egress.send(request, for: dispatch.tenant, allowing: allowed)
            return .answered(status: answer.status, retryAfter: answer.retryAfter.flatMap(Self.milliseconds))
        } catch let refusal as Refusal {
            return refusal.kind == .shuttingDown ? .interrupted : .failed(refusal.reason)
        } catch {
            return .interrupted
        }
    }

    /// `Retry-After` in seconds; the other form, a date, is passed over: the own schedule stands.
    private static func milliseconds(_ text: String) -> Int64? {
        guard (1...7).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int64(text).map { $0 * 1000 }
    }
}
