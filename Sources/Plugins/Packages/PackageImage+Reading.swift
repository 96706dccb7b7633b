import Model

extension PackageImage {
    /// Reads the documents of a package, each through `document` by its descriptor. What comes out is only worth
    /// something if `index` and `documents` are then equal to what was read.
    init(index: [UInt8], document: (ContentDescriptor) throws(Problem) -> [UInt8]) throws(Problem) {
        let descriptors = try Self.manifests(of: index, "index.json")
        guard let package = descriptors.first, descriptors.count <= 2 else { throw Self.refusal("index.json") }
        let manifest = try JSONValue.parse(try document(package), as: "the package's manifest")
        guard let configuration = manifest["config"].flatMap({ ContentDescriptor($0) }),
            let layers = manifest["layers"]?.array, layers.count == 1, let layer = ContentDescriptor(layers[0]),
            let title = manifest["annotations"]?["org.opencontainers.image.title"]?.string,
            let version = manifest["annotations"]?["org.opencontainers.image.version"]?.string,
            configuration.mediaType == PackageFormat.configurationType, layer.mediaType == PackageFormat.layerType
        else { throw Self.refusal("the package's manifest") }
        self.init(title: title, version: version, configuration: configuration, layer: layer)
        guard descriptors.count == 2 else { return }
        for signature in try Self.manifests(of: try document(descriptors[1]), "the index of signatures") {
            let manifest = try JSONValue.parse(try document(signature), as: "the manifest of a signature")
            guard let layer = manifest["layers"]?.array?.first.flatMap({ ContentDescriptor($0) }) else {
                throw Self.refusal("the manifest of a signature")
            }
            envelopes.append(try document(layer))
        }
    }

    private static func manifests(of index: [UInt8], _ subject: String) throws(Problem) -> [ContentDescriptor] {
        let value = try JSONValue.parse(index, as: subject)
        guard let manifests = value["manifests"]?.array, manifests.count <= 64 else { throw refusal(subject) }
        let descriptors = manifests.compactMap { ContentDescriptor($0) }
        guard descriptors.count == manifests.count else { throw refusal(subject) }
        return descriptors
    }

    private static func refusal(_ subject: String) -> Problem {
        Problem(.invalidInput, "\(subject): not that of a plugin's package", hint: "make packages with `cloister plugin pack`")
    }
}
