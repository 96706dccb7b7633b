/// What the operator decided about the way out.
package struct EgressSettings: Hashable, Sendable {
    package var allowed = PrivateGrants()
    package var limits = EgressLimits()
    package var timeouts = EgressTimeouts()
    /// Files with certificates that origins may be signed by, besides those that the machine trusts.
    package var trust: [String] = []
    package var credentials: [CredentialRule] = []

    package init() {}
}
