package import Model
package import Store

/// A package that was read to its end and found whole: every byte has the one value it can have, every digest holds, no
/// entry leaves the plugin's folder, and the manifest is a valid one. Who made it, `TrustPolicy` decides.
package struct PackageFile: Sendable {
    /// Of the OCI manifest: what a signature signs and what names the package everywhere.
    package let digest: BlobDigest
    package let manifest: Manifest
    /// The manifest as JSON, which is the package's configuration blob.
    package let description: JSONValue
    let source: PackageSource
    let image: PackageImage
    let layer: Range<Int64>
    let limits: PackageLimits

    package var size: ByteSize { ByteSize(bytes: source.size) }

    /// Reads the package once from start to end, and its layer once more. Blocks. Throws `invalidInput` with what is
    /// wrong; nothing is written anywhere.
    package static func open(
        _ source: PackageSource, limits: PackageLimits = PackageLimits()
    ) throws(Problem) -> PackageFile {
        guard source.size <= limits.file.bytes else {
            throw Problem(.invalidInput, "\(source.name): larger than \(limits.file)")
        }
        let (image, blobs) = try readImage(source, limits)
        guard let layer = blobs[image.layer.place], let configuration = blobs[image.configuration.place] else {
            throw refusal(source, "a blob is missing")
        }
        let reader = LayerReader(source: source, range: layer, digest: image.layer.digest, limits: limits)
        var found = LayerManifest()
        try reader.read(into: &found)
        let (manifest, description) = try found.read()
        guard description.bytes == (try document(source, configuration, limits)) else {
            throw refusal(source, "its \(Manifest.fileName) and its description differ")
        }
        guard image.title == manifest.id.rawValue, image.version == manifest.version.description else {
            throw refusal(source, "it says another name or version outside than inside")
        }
        return PackageFile(
            digest: image.descriptor.digest, manifest: manifest, description: description, source: source,
            image: image, layer: layer, limits: limits)
    }

    /// The documents of the package, checked to the last byte, and where its blobs are.
    private static func readImage(
        _ source: PackageSource, _ limits: PackageLimits
    ) throws(Problem) -> (PackageImage, blobs: [String: Range<Int64>]) {
        let entries = try LayoutTar.entries(of: source, limit: 8 + 2 * limits.signatures)
        guard entries.count > 2, entries[0].name == "oci-layout", entries[1].name == "index.json",
            try document(source, entries[0].content, limits) == PackageFormat.layout
        else { throw refusal(source, "not an OCI image layout, version 1.0.0") }
        let index = try document(source, entries[1].content, limits)
        var blobs: [String: Range<Int64>] = [:]
        for entry in entries[2...] { blobs[entry.name] = entry.content }
        // In one order, and none twice.
        guard entries[2...].map(\.name) == blobs.keys.sorted() else { throw refusal(source, "its files are out of order") }
        for (place, content) in blobs { try verify(source, place, content) }

        let image = try PackageImage(index: index) { (descriptor) throws(Problem) in
            guard let content = blobs[descriptor.place], content.count == descriptor.size else { throw refusal(source, "a blob is missing") }
            return try document(source, content, limits)
        }
        guard image.envelopes.count <= limits.signatures else {
            throw refusal(source, "more than \(limits.signatures) signatures")
        }
        let places = Set(image.documents.keys).union([image.configuration.place, image.layer.place])
        guard image.index == index, places == Set(blobs.keys), blobs[image.layer.place]?.count == Int(image.layer.size),
            blobs[image.configuration.place]?.count == Int(image.configuration.size)
        else { throw refusal(source, "its documents are not those of a plugin's package") }
        return (image, blobs)
    }

    /// A blob's name is the digest of its content.
    private static func verify(_ source: PackageSource, _ place: String, _ content: Range<Int64>) throws(Problem) {
        guard place == "blobs/sha256/\(try source.digest(of: content).hexadecimal)" else {
            throw Problem(
                .invalidInput, "\(source.name): damaged or tampered with: \(place.prefix(40))… does not have its digest",
                hint: "fetch the package again from where it was published")
        }
    }

    private static func document(
        _ source: PackageSource, _ range: Range<Int64>, _ limits: PackageLimits
    ) throws(Problem) -> [UInt8] {
        guard range.count <= Int(limits.document.bytes) else {
            throw refusal(source, "a document of it is larger than \(limits.document)")
        }
        return try source.bytes(range)
    }

    private static func refusal(_ source: PackageSource, _ reason: String) -> Problem {
        Problem(.invalidInput, "\(source.name): \(reason)", hint: "make packages with `cloister plugin pack`")
    }
}
