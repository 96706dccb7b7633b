import Model
import Testing

@testable import Plugins

/// What a manifest asks for: permissions, hooks, events, a range of hosts.
struct ManifestRequestTests {
    private func read(_ text: String) throws(Problem) -> Manifest {
        try Manifest(try YAMLNode.load(text: ManifestTests.least + text, named: "plugin.yaml"))
    }

    @Test func `permissions with conditions, purpose and weight`() throws {
        let manifest = try read(
            """
            permissions:
              - resource: documents
                actions: [create, read]
                conditions: {media-types: [image/jpeg, "text/*"], max-size: 5MiB}
                purpose: Reads photographs
                essential: true
              - {resource: network, actions: [connect], conditions: {hosts: ["*.example.org", 192.0.2.7], ports: [443], methods: [GET]}}
            """)
        var documents = Permission.Conditions()
        documents.mediaTypes = ["image/jpeg", "text/*"]
        documents.maximumSize = .mebibytes(5)
        #expect(
            manifest.permissions[0]
                == .init(
                    permission: Permission(.documents, ["read", "create"], documents), purpose: "Reads photographs",
                    isEssential: true))
        #expect(manifest.permissions[1].permission.conditions.hosts == ["*.example.org", "192.0.2.7"])
        #expect(
            manifest.permissions[0].permission.json
                == [
                    "resource": "documents", "actions": ["read", "create"],
                    "conditions": ["media-types": ["image/jpeg", "text/*"], "max-size": 5_242_880],
                ])
        #expect(manifest.requests == manifest.permissions)
    }

    @Test func `hooks have WordPress's priority, two seconds and skip what fails`() throws {
        let manifest = try read(
            """
            hooks:
              - {event: document.metadata, handler: metadata, kind: filter}
              - {event: document.received, handler: check, kind: action, priority: -5, deadline: 1m, onFailure: closed}
            events: [{name: checksum.computed, kind: action, description: A sum is known}]
            compatible: ">=0.1.0 <2.0.0"
            """)
        let first = manifest.hooks[0]
        #expect((first.priority, first.deadline, first.onFailure) == (10, .seconds(2), .open))
        let second = manifest.hooks[1]
        #expect((second.priority, second.deadline, second.onFailure) == (-5, .seconds(60), .closed))
        #expect(manifest.requests.map(\.permission.resource) == [.hooks])
        #expect(manifest.requests[0].permission.conditions.names == ["document.metadata", "document.received"])
        #expect(manifest.events.map(\.name) == ["checksum.computed"])
        #expect(manifest.compatible?.contains(Version(1, 0, 0)) == true)
    }

    @Test func `a plugin with the name of a host's event cannot raise such events`() {
        let text = ManifestTests.least.replacing("id: checksum", with: "id: document") + "events: [{name: document.received}]"
        let problem = #expect(throws: Problem.self) { try Manifest(try YAMLNode.load(text: text, named: "plugin.yaml")) }
        #expect(problem?.description.contains("only the host raises events of this name") == true, "\(problem?.description ?? "")")
    }

    @Test(
        arguments: [
            ("permissions: [{resource: documets, actions: [read]}]", "did you mean documents?"),
            ("permissions: [{resource: storage, actions: [rite]}]", "did you mean write?"),
            ("permissions: [{resource: storage, actions: [read, read]}]", "listed twice: read"),
            ("permissions: [{resource: storage, actions: []}]", "empty"),
            ("permissions: [{resource: storage, actions: [read], conditions: {hosts: [a]}}]", "conditions.hosts: unknown key"),
            ("permissions: [{resource: network, actions: [connect]}]", "conditions.hosts: missing"),
            ("permissions: [{resource: network, actions: [connect], conditions: {hosts: [\"a b\"]}}]", "expected a host"),
            ("permissions: [{resource: network, actions: [connect], conditions: {hosts: [a], ports: [0]}}]", "out of range"),
            ("permissions: [{resource: documents, actions: [read], conditions: {media-types: [jpeg]}}]", "expected a media type"),
            ("hooks: [{event: Document.Received, handler: a, kind: action}]", "not a name"),
            ("hooks: [{event: a.b, handler: a, kind: actoin}]", "did you mean action?"),
            ("hooks: [{event: a.b, handler: a, kind: action}, {event: a.b, handler: a, kind: filter}]", "twice"),
            ("hooks: [{event: a.b, handler: a, kind: action, onfailure: open}]", "did you mean onFailure?"),
            ("hooks: [{event: a.b, handler: a, kind: action, deadline: 1ms}]", "out of range"),
            ("events: [{name: other.thing}]", "not an event of this plugin"),
            ("events: [{name: checksum.a}, {name: checksum.a}]", "a second event"),
            ("compatible: soon", "soon"),
        ])
    func `what is wrong is named with its place`(_ text: String, _ expected: String) {
        let problem = #expect(throws: Problem.self) { try read(text) }
        #expect(problem?.code == .invalidConfiguration)
        #expect(problem?.description.hasPrefix("plugin.yaml:8:") == true)
        #expect(problem?.description.contains(expected) == true, "\(problem?.description ?? "")")
    }
}
