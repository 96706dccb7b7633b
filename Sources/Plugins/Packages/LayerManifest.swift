import Model

/// Takes a plugin's manifest out of a layer that is read.
struct LayerManifest: LayerSink {
    private(set) var text: [UInt8]?
    private var isManifest = false

    mutating func begin(_ entry: LayerEntry) throws(Problem) {
        isManifest = entry.path == Manifest.fileName && entry.kind == .file
        if isManifest {
            text = []
            guard entry.size <= YAMLNode.maximumSize.bytes else {
                throw Problem(.invalidConfiguration, "\(Manifest.fileName): larger than \(YAMLNode.maximumSize)")
            }
        }
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) throws(Problem) {
        if isManifest { text?.append(contentsOf: bytes) }
    }

    mutating func end() throws(Problem) {}

    /// The manifest as it was written, and as JSON.
    func read() throws(Problem) -> (manifest: Manifest, json: JSONValue) {
        guard let text else {
            throw Problem(.invalidInput, "the package has no \(Manifest.fileName)", hint: "it is no plugin's folder")
        }
        guard let string = String(validating: text, as: UTF8.self) else {
            throw Problem(.invalidConfiguration, "\(Manifest.fileName): not UTF-8 text")
        }
        let node = try YAMLNode.load(text: string, named: Manifest.fileName)
        return (try Manifest(node), try node.value)
    }
}
