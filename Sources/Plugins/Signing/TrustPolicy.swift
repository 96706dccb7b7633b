package import Model

/// Whose packages a host installs.
package struct TrustPolicy: Sendable, Hashable {
    package struct Key: Sendable, Hashable {
        /// What the operator calls its owner.
        package let name: String
        package let key: PublicKey

        package init(name: String, key: PublicKey) {
            self.name = name
            self.key = key
        }
    }

    /// Refuse what no trusted key has signed.
    package var requiresSignatures = false
    package var keys: [Key] = []

    package init(requiresSignatures: Bool = false, keys: [Key] = []) {
        self.requiresSignatures = requiresSignatures
        self.keys = keys
    }

    /// The trusted keys that signed the package, in the order of the policy.
    ///
    /// Throws `permissionDenied` for a package that the policy does not admit, and `invalidInput` for any package that
    /// carries a signature under a trusted key's name that does not hold, or one whose statement is about something else:
    /// whoever changed a package must not pass for somebody who never signed.
    package func check(_ package: PackageFile) throws(Problem) -> [Key] {
        var signers: Set<Key> = []
        let expected = ReleaseStatement(of: package)
        for bytes in package.image.envelopes {
            let envelope = try SignatureEnvelope(bytes)
            let statement = try ReleaseStatement(envelope.payload)
            guard statement == expected else {
                throw Problem(
                    .invalidInput, "\(package.source.name): a signature that is about something else than this package",
                    hint: "the package was tampered with, or signed and then changed; fetch it again",
                    cause: "it is about \(statement.plugin) \(statement.version), \(statement.digest)")
            }
            for key in keys where key.key.identifier == envelope.keyIdentifier {
                guard envelope.isSigned(by: key.key) else {
                    throw Problem(
                        .invalidInput, "\(package.source.name): the signature of \(key.name) does not hold",
                        hint: "the package was tampered with; fetch it again from where it was published")
                }
                signers.insert(key)
            }
        }
        guard !requiresSignatures || !signers.isEmpty else { throw refusal(package) }
        return keys.filter(signers.contains)
    }

    /// Throws for a version that came onto the shelf when keys of these names had signed it, and that this host would not
    /// take any more. Keys of one name follow each other only where what they signed stays good.
    func check(signers: [String], of subject: String) throws(Problem) {
        guard requiresSignatures, Set(signers).isDisjoint(with: keys.map(\.name)) else { return }
        throw Problem(
            .permissionDenied,
            "\(subject): not signed by a key that this host trusts: "
                + (signers.isEmpty ? "it has no signature" : "it was signed by \(signers.joined(separator: ", "))"),
            hint: "an operator adds the author's key to `trusted-keys`, or sets `require-signatures: false`")
    }

    private func refusal(_ package: PackageFile) -> Problem {
        let identifiers = package.image.envelopes.compactMap { try? SignatureEnvelope($0).keyIdentifier.prefix(16) }
        let reason = identifiers.isEmpty ? "it has no signature" : "it is signed with \(identifiers.joined(separator: ", ")) only"
        return Problem(
            .permissionDenied, "\(package.source.name): not signed by a key that this host trusts: \(reason)",
            hint: "an operator adds the author's key to `trusted-keys`, or sets `require-signatures: false`")
    }
}
