import Model
import Store

/// What a signature says about a package: an in-toto statement (version 1) whose subject is the manifest's digest.
struct ReleaseStatement: Hashable, Sendable {
    private static let type = "https://in-toto.io/Statement/v1"
    private static let predicateType = "urn:cloister:plugin-release:v1"

    let digest: BlobDigest
    let plugin: PluginID
    let version: Version
    /// The versions of the host for which the author vouches; nil where the manifest names none.
    let compatible: String?
    /// Names the set of permissions that the plugin asks for.
    let permissions: String

    init(of package: PackageFile) {
        digest = package.digest
        plugin = package.manifest.id
        version = package.manifest.version
        compatible = package.manifest.compatible?.description
        permissions = "sha256:" + Grant.hash(of: package.manifest.requests.map(\.permission))
    }

    init(_ payload: [UInt8]) throws(Problem) {
        let value = try JSONValue.parse(payload, as: "signed statement")
        let predicate = value["predicate"]
        guard value["_type"]?.string == Self.type, value["predicateType"]?.string == Self.predicateType,
            let subjects = value["subject"]?.array, subjects.count == 1,
            let digest = subjects[0]["digest"]?["sha256"]?.string.flatMap({ BlobDigest("sha256:" + $0) }),
            let plugin = predicate?["id"]?.string.flatMap({ PluginID(rawValue: $0) }),
            let version = predicate?["version"]?.string.flatMap({ Version(parsing: $0) }),
            let permissions = predicate?["permissions"]?.string
        else { throw Problem(.invalidInput, "a signature that says nothing about a plugin's package") }
        self.digest = digest
        self.plugin = plugin
        self.version = version
        self.permissions = permissions
        compatible = predicate?["compatible"]?.string
    }

    var bytes: [UInt8] {
        let value: JSONValue = [
            "_type": .string(Self.type),
            "subject": [["name": .string("\(plugin)"), "digest": ["sha256": .string(digest.hexadecimal)]]],
            "predicateType": .string(Self.predicateType),
            "predicate": [
                "id": .string("\(plugin)"), "version": .string("\(version)"), "compatible": JSONValue(compatible),
                "permissions": .string(permissions),
            ],
        ]
        return value.bytes
    }
}
