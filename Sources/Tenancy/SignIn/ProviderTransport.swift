package import Model

/// A request to a provider.
package struct ProviderRequest: Sendable, Hashable {
    package let tenant: TenantID
    package let address: WebhookAddress
    package let headers: [String: String]
    /// Of a form; nil for a GET.
    package let form: String?
}

package struct ProviderAnswer: Sendable, Hashable {
    package let status: Int
    package let body: [UInt8]

    package init(status: Int, body: [UInt8]) {
        self.status = status
        self.body = body
    }
}

/// Asks providers. The composition root supplies it.
package protocol ProviderTransport: Sendable {
    /// Whether providers may be reached without TLS, at addresses that the operator allows.
    var allowsPlain: Bool { get }
    /// Follows no redirects, and reads no more than a quarter of a mebibyte. Throws `unreachable`.
    func send(_ request: ProviderRequest) async throws(Problem) -> ProviderAnswer
}
