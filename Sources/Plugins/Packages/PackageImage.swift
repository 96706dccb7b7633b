import Model
import Store

/// The OCI documents of a package, as a function of its content. Pure.
///
/// A package is valid only when its documents equal what this makes of its parts, so there is one way to write each.
struct PackageImage: Hashable, Sendable {
    let title: String
    let version: String
    let configuration: ContentDescriptor
    let layer: ContentDescriptor
    /// DSSE envelopes, each signing `descriptor`.
    var envelopes: [[UInt8]] = []

    /// The manifest: what is signed, and whose digest names the package.
    var manifest: [UInt8] {
        let value: JSONValue = [
            "schemaVersion": 2, "mediaType": .string(PackageFormat.manifestType),
            "artifactType": .string(PackageFormat.pluginType), "config": configuration.json, "layers": [layer.json],
            "annotations": [
                "org.opencontainers.image.title": .string(title), "org.opencontainers.image.version": .string(version),
            ],
        ]
        return value.bytes
    }

    var descriptor: ContentDescriptor {
        ContentDescriptor(PackageFormat.manifestType, of: manifest, artifactType: PackageFormat.pluginType)
    }

    /// The manifest of one signature, which refers to the package's by `subject`.
    func signatureManifest(of envelope: [UInt8]) -> [UInt8] {
        var subject = descriptor
        subject.artifactType = nil
        let value: JSONValue = [
            "schemaVersion": 2, "mediaType": .string(PackageFormat.manifestType),
            "artifactType": .string(PackageFormat.signatureType),
            "config": ContentDescriptor(PackageFormat.emptyType, of: PackageFormat.empty).json,
            "layers": [ContentDescriptor(PackageFormat.envelopeType, of: envelope).json], "subject": subject.json,
        ]
        return value.bytes
    }

    /// The referrers of the package, which a registry without the referrers API keeps under the tag `sha256-DIGEST`
    /// (distribution-spec, *Referrers Tag Schema*).
    var referrers: [UInt8] {
        let manifests = envelopes.map { envelope in
            ContentDescriptor(
                PackageFormat.manifestType, of: signatureManifest(of: envelope), artifactType: PackageFormat.signatureType)
        }
        return index(manifests)
    }

    var index: [UInt8] {
        var package = descriptor
        package.annotations = [Self.tag: version.replacing("+", with: "_")]
        var manifests = [package]
        if !envelopes.isEmpty {
            var referrers = ContentDescriptor(PackageFormat.indexType, of: referrers)
            referrers.annotations = [Self.tag: "sha256-" + package.digest.hexadecimal]
            manifests.append(referrers)
        }
        return index(manifests)
    }

    /// All blobs but the layer, by their place in the layout.
    var documents: [String: [UInt8]] {
        var documents = [descriptor.place: manifest]
        guard !envelopes.isEmpty else { return documents }
        for bytes in envelopes + envelopes.map(signatureManifest) + [referrers, PackageFormat.empty] {
            documents[ContentDescriptor("", of: bytes).place] = bytes
        }
        return documents
    }

    private func index(_ manifests: [ContentDescriptor]) -> [UInt8] {
        let value: JSONValue = [
            "schemaVersion": 2, "mediaType": .string(PackageFormat.indexType),
            "manifests": .array(manifests.map(\.json)),
        ]
        return value.bytes
    }

    private static let tag = "org.opencontainers.image.ref.name"
}
