package import Model

extension PackageFile {
    /// The identifiers of the keys under whose names the package is signed; whether they hold, `TrustPolicy` checks.
    package var signatureKeys: [String] {
        image.envelopes.compactMap { try? SignatureEnvelope($0).keyIdentifier }
    }

    /// Writes the package with one more signature to `path`; its digest stays. Blocks.
    ///
    /// Throws `conflict` where the key has signed it already.
    package func signed(by key: SigningKey, to path: String) throws(Problem) -> PackageFile {
        guard !signatureKeys.contains(key.publicKey.identifier) else {
            throw Problem(.conflict, "\(source.name): signed by this key already")
        }
        guard image.envelopes.count < limits.signatures else {
            throw Problem(.conflict, "\(source.name): \(limits.signatures) signatures are enough")
        }
        var image = image
        let envelope = try SignatureEnvelope(signing: ReleaseStatement(of: self).bytes, with: key)
        image.envelopes = (image.envelopes + [envelope.bytes])
        try PackageWriter.write(image, configuration: description.bytes, layer: source, layer, to: path)
        return try PackageFile.open(try PackageSource(file: path), limits: limits)
    }
}
