package import Model

/// The fixed words of a package: an OCI image layout (image-spec v1.1) in a tar.
enum PackageFormat {
    /// What the name of a package's file ends in.
    static let suffix = ".cloister"

    static let pluginType = "application/vnd.cloister.plugin.v1"
    static let configurationType = "application/vnd.cloister.plugin.config.v1+json"
    static let layerType = "application/vnd.oci.image.layer.v1.tar+gzip"
    static let signatureType = "application/vnd.cloister.signature.v1"
    static let envelopeType = "application/vnd.dsse.envelope.v1+json"
    static let manifestType = "application/vnd.oci.image.manifest.v1+json"
    static let indexType = "application/vnd.oci.image.index.v1+json"
    static let emptyType = "application/vnd.oci.empty.v1+json"

    static let layout = Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8)
    /// The configuration of an artifact that has none (image-spec, *Guidance for an Empty Descriptor*).
    static let empty = Array("{}".utf8)
}

/// How much a package may hold and ask for, whoever made it.
package struct PackageLimits: Sendable {
    /// The package as a file.
    package var file = ByteSize.gibibytes(1)
    /// Each of its documents: manifest, configuration, index, signature.
    package var document = ByteSize.mebibytes(1)
    package var signatures = 8
    /// All of its files, unpacked.
    package var unpacked = ByteSize.gibibytes(4)
    /// Files, folders and links together.
    package var entries = 50_000
    package var depth = 32
    /// Bytes of a whole path, and of each name in it.
    package var path = 1024
    package var name = 255
    /// Bytes unpacked for each byte packed, once more than `ratioFrom` was unpacked.
    package var ratio: Int64 = 200
    package var ratioFrom = ByteSize.mebibytes(16)

    package init() {}
}
