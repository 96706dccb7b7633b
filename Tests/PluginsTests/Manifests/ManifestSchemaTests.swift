import Model
import Testing

@testable import Plugins

/// The published schema against the reader: on the reader's own tables of what is right and what is wrong.
struct ManifestSchemaTests {
    private static let schema = try? JSONSchema(ManifestSchema.json, dialect: .foreign, as: "the manifest's schema")

    /// What only the reader sees: ranges of times and sizes, names twice, schemas that are none.
    static let beyond = [
        "spare: 3", "memory: 1KiB", "call: 0s", "start: 1h", "{tpye: string}", "default: x", "{name: a}, {name: a}", "$ref",
        "pattern: '('",
    ]

    static let right = [
        ManifestTests.least,
        ManifestTests.least + "instances: {maximum: 2, spare: 1, idle-stop: 10m}\nlimits: {memory: 256MiB, cpu: 0.5, files: 64}\n",
        ManifestTests.least + "deadlines: {start: 1.5s, call: 250ms}\nprofile: python\nauthor: Someone\n",
        ManifestTests.least + "tools: [{name: a.b-c_D, description: \"x\\ny\", input: {type: object}, output: true}]\n",
        ManifestTests.least + "compatible: \">=0.1.0 <2.0.0\"\n",
        ManifestTests.least + """
            permissions:
              - {resource: documents, actions: [read, create], conditions: {media-types: ["image/*"], max-size: 50MiB}}
              - {resource: storage, actions: [read], conditions: {path-prefix: a/}, purpose: Remembers, essential: true}
              - {resource: network, actions: [connect], conditions: {hosts: [api.example.org], ports: [443], methods: [GET]}}
            hooks:
              - {event: document.metadata, handler: metadata, kind: filter, priority: 10, deadline: 2s, onFailure: open}
            events:
              - {name: checksum.done, kind: action, description: It is done}

            """,
        ManifestTests.least + "environment: {LOG_LEVEL: debug}\n",
    ]

    private static let wrongPermissions = [
        "permissions: [{resource: documents, actions: [fly]}]", "permissions: [{resource: document, actions: [read]}]",
        "permissions: [{resource: network, actions: [connect]}]", "permissions: [{resource: documents, actions: []}]",
        "permissions: [{resource: secrets, actions: [read], conditions: {ports: [1]}}]",
        "hooks: [{event: document.received, handler: x, kind: filtre}]", "hooks: [{event: 'A b', handler: x, kind: action}]",
        "hooks: [{handler: x, kind: action}]", "events: [{name: checksum.done, kind: x}]", "environment: {PATH!: x}",
        "environment: {PATH: /data}", "environment: {CLOISTER_SDK: /data}", "events: [{name: document.received}]",
        "permissions: [{resource: documents, actions: [read], conditions: {media-types: [JPEG]}}]",
        "permissions: [{resource: documents, actions: [read], conditions: {media-types: []}}]",
        "permissions: [{resource: secrets, actions: [read], conditions: {names: ['a b']}}]",
        "permissions: [{resource: secrets, actions: [read], conditions: {names: [\"a\\u0013\"]}}]",
        "permissions: [{resource: network, actions: [connect], conditions: {hosts: ['https://example.org']}}]",
        "permissions: [{resource: network, actions: [connect], conditions: {hosts: [a.org], methods: [FETCH]}}]",
        "permissions: [{resource: network, actions: [connect], conditions: {hosts: [a.org], ports: [0]}}]",
    ]

    private static let wrongServers = [
        "hooks: [{event: document.received, handler: x, kind: action}]", "events: [{name: checksum.done, kind: action}]",
    ]

    static var wrong: [String] {
        ManifestTests.mistakes.map { ManifestTests.least + $0.0 + "\n" }
            + ManifestTests.changes.map { ManifestTests.least.replacing($0.0, with: $0.1) }
            + wrongPermissions.map { ManifestTests.least + $0 + "\n" }
            + wrongServers.map { ManifestTests.least.replacing("cloister/1", with: "mcp") + $0 + "\n" }
    }

    private func isAccepted(_ text: String) throws -> Bool {
        let value = try YAMLNode.load(text: text, named: "plugin.yaml").value
        return try #require(Self.schema).violations(in: value).isEmpty
    }

    private func isRead(_ text: String) -> Bool {
        (try? Manifest(try YAMLNode.load(text: text, named: "plugin.yaml"))) != nil
    }

    @Test(arguments: right) func `what the reader takes the schema takes`(text: String) throws {
        #expect(isRead(text))
        #expect(try isAccepted(text))
    }

    @Test(arguments: wrong) func `what the reader refuses the schema refuses, but for what it cannot say`(text: String) throws {
        #expect(!isRead(text))
        let isBeyond = Self.beyond.contains { text.contains($0) }
        // A manifest that is no JSON, as one with an infinite number, never comes before a schema.
        guard let isAccepted = try? isAccepted(text) else { return }
        #expect(isAccepted == isBeyond, "\(text)")
    }
}
