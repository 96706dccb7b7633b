import Egress
import Model
import Tenancy

/// Asks tenants' providers by the way out that plugins have, under the operator's rules for providers.
struct ProviderRequests: ProviderTransport {
    private static let deadline = Duration.seconds(10)
    private static let answerLimit = 256 << 10

    let egress: Egress
    /// Addresses that are not public and that may be asked all the same.
    let allowed: PrivateGrants

    var allowsPlain: Bool { !allowed.entries.isEmpty }

    func send(_ request: ProviderRequest) async throws(Problem) -> ProviderAnswer {
        let address = request.address
        let outbound = OutboundRequest(
            request.form == nil ? .get : .post, to: Authority(host: address.host, port: address.port),
            isEncrypted: address.isEncrypted, path: address.path,
            fields: [MessageHead.Field("User-Agent", "Cloister-SignIn/1")]
                + request.headers.sorted { $0.key < $1.key }.map { MessageHead.Field($0.key, $0.value) },
            body: Array((request.form ?? "").utf8), answerLimit: Self.answerLimit, deadline: Self.deadline)
        do {
            let answer = try await egress.send(outbound, for: request.tenant, allowing: allowed)
            return ProviderAnswer(status: answer.status, body: answer.body)
        } catch let refusal as Refusal {
            if refusal.kind == .shuttingDown { throw Problem(.shuttingDown, "the daemon is stopping") }
            throw Problem(
                .unreachable, "the provider cannot be asked: \(refusal.reason)",
                hint: refusal.kind == .addressNotPublic
                    ? "an operator allows private addresses with `sign-in: {allow-private}`" : "try again later")
        } catch {
            throw Problem(.cancelled, "the question to the provider was cancelled")
        }
    }
}
