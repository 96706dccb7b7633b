import Control
import Glibc
import HostTesting
import Model
import Testing
import Workflows

@testable import cloister

/// Tests of workflows and the templates that come with Cloister, with the sealed workers that evaluate for runs.
@Suite(.timeLimit(.minutes(10))) struct WorkflowTestTests {
    private static let greet = WorkflowID(unchecked: "greet")

    private static let definition: JSONValue = [
        "id": "greet",
        "nodes": [
            ["id": "start", "type": "trigger", "config": ["kind": "manual"], "connections": [["to": "ask"]]],
            [
                "id": "ask", "type": "action", "config": ["kind": "tool", "plugin": "probe", "tool": "echo", "input": ["who": "${ .name | ascii_upcase }"]],
                "connections": [["to": "say"]],
            ],
            ["id": "say", "type": "action", "config": ["kind": "set", "values": ["text": "Hello ${ .title } ${ $trigger.name }"]]],
        ],
        "tests": [
            [
                "name": "by name", "input": ["name": "Ada"], "mocks": ["ask": ["output": ["title": "${ \"Dr \" + .who }"]]],
                "expect": ["output": ["text": "Hello Dr ADA Ada"], "nodes": ["ask": ["input": ["who": "ADA"]]]],
            ],
            ["name": "wrong", "input": ["name": "Ada"], "mocks": ["ask": ["output": [:]]], "expect": ["output": ["text": "Hello"]]],
        ],
    ]

    private func test(_ host: DaemonFixture, _ change: (inout WorkflowRequest.TestWish) -> Void) async throws -> JSONValue {
        var wish = WorkflowRequest.TestWish()
        change(&wish)
        return try await host.send(.workflow(.test(host.tenant, wish)))
    }

    @Test func `saved tests run on a draft, a version and a definition, and make no effect`() async throws {
        try await DaemonFixture.with { (host) async throws in
            try await host.createTenant()
            _ = try await host.send(.workflow(.create(host.tenant, definition: Self.definition)))
            let all = try await test(host) { $0.workflow = Self.greet }
            #expect(all["passed"] == 1 && all["failed"] == 1, "\(all)")
            #expect(all["tests"]?.array?.last?["complaints"]?.array?.first?.string?.hasPrefix("output/text: expected \"Hello\", was") == true)
            let one = try await test(host) {
                $0.definition = Self.definition
                $0.names = ["by name"]
                $0.wantsSteps = true
            }
            #expect(one["failed"] == 0)
            #expect(one["tests"]?.array?.first?["steps"]?.array?.map { $0["step"]?.string } == ["start", "ask", "say"])
            let own = try await test(host) {
                $0.workflow = Self.greet
                $0.tests = [["name": "mine", "only": "say", "input": ["title": "Prof"], "expect": ["output": ["text": "Hello Prof null"]]]]
            }
            #expect(own["failed"] == 0, "\(own)")
            // Nothing of it is a run.
            #expect(try await host.send(.run(.list(host.tenant, RunRequest.Query())))["runs"] == [])
        }
    }

    @Test func `what is not there, or has no tests, is not taken for success`() async throws {
        try await DaemonFixture.with { (host) async throws in
            try await host.createTenant()
            let unknown = await problem { try await test(host) { $0.workflow = Self.greet } }
            #expect(unknown?.code == .notFound)
            let misnamed = await problem {
                try await test(host) {
                    $0.definition = Self.definition
                    $0.names = ["by nam"]
                }
            }
            #expect(misnamed?.hint == "did you mean \"by name\"?")
            let bare = await problem { try await test(host) { $0.definition = ["id": "a", "nodes": Self.definition["nodes"] ?? []] } }
            #expect(bare?.message == "workflow a has no tests")
            let broken = await problem {
                try await test(host) {
                    $0.definition = Self.definition
                    $0.tests = [["name": "a", "mocks": ["nobody": [:]]]]
                }
            }
            #expect(broken?.message.contains("/tests/0/mocks: no node is called \"nobody\"") == true, "\(String(describing: broken))")
        }
    }

    /// The files as an installation has them.
    private static let files = Path.entries(of: Built.root + "/Sources/Bundled/Templates").filter { $0.hasSuffix(".yaml") }.sorted()

    @Test func `every template passes its own tests, can be used, and says what it needs`() async throws {
        try await DaemonFixture.with { (host) async throws in
            try await host.createTenant()
            #expect(Self.files.count == 30)
            let listed = try await host.send(.template(.list(nil)))["templates"]?.array ?? []
            #expect(listed.count == Self.files.count)
            for file in Self.files {
                let template = try TemplateShelf.load("\(Built.root)/Sources/Bundled/Templates/\(file)")
                #expect("\(template.id).yaml" == file)
                let definition = try template.definition(as: template.id)
                let report = try await test(host) { $0.definition = definition }
                let failed = (report["tests"]?.array ?? []).filter { $0["passed"] != true }
                #expect(failed.isEmpty, "\(file): \(failed.map { "\($0["name"]?.string ?? ""): \($0["complaints"]?.compactText ?? "")" })")
                #expect((report["passed"]?.integer ?? 0) >= 2, "\(file)")
                let draft = try await host.send(
                    .template(.use(host.tenant, template: template.id, plugin: nil, workflow: template.id, name: nil, parameters: [:])))
                // Only plugins may be missing: the tenant has none.
                let others = (draft["findings"]?.array ?? []).filter { $0["message"]?.string?.hasPrefix("plugin not found") != true }
                #expect(others.isEmpty, "\(file): \(others)")
            }
        }
    }

    private static let brought = """
        id: greet
        name: Greeting
        description: Says hello.
        category: tasks
        parameters:
          type: object
          properties:
            word: {type: string, default: Hello}
        workflow:
          nodes:
            - {id: start, type: trigger, config: {kind: manual}, connections: [{to: say}]}
            - {id: say, type: action, config: {kind: set, values: {text: "{{word}}"}}}

        """

    @Test func `an enabled plugin brings templates along, and nothing from outside of its folder`() async throws {
        try await DaemonFixture.with { (host) async throws in
            try await host.createTenant()
            let folder = try host.plugin()
            mkdir(folder + "/workflows", 0o755)
            try FileCopy.write(Self.brought, to: folder + "/workflows/greet.yaml")
            try FileCopy.write("id: broken\n", to: folder + "/workflows/broken.yaml")
            try FileCopy.write(Self.brought.replacing("id: greet", with: "id: outside"), to: host.folder + "/outside.yaml")
            symlink(host.folder + "/outside.yaml", folder + "/workflows/outside.yaml")
            _ = try await host.send(.pluginRun(host.tenant, .folder(folder), configuration: nil))
            let probe = PluginID(unchecked: "probe")
            func brought(_ tenant: TenantID?) async throws -> [String] {
                let listed = try await host.send(.template(.list(tenant)))["templates"]?.array ?? []
                return listed.filter { $0["plugin"] == "probe" }.compactMap { $0["id"]?.string }
            }
            #expect(try await brought(host.tenant) == ["greet"])
            #expect(try await brought(nil) == [])
            let shown = try await host.send(.template(.show(Self.greet, TemplateRequest.Place(probe, of: host.tenant))))
            #expect(shown["plugin"] == "probe" && shown["parameters"]?["properties"]?["word"] != nil)
            let draft = try await host.send(
                .template(
                    .use(
                        host.tenant, template: Self.greet, plugin: probe, workflow: WorkflowID(unchecked: "ours"), name: nil,
                        parameters: ["word": "Servus"])))
            #expect(draft["findings"] == [], "\(draft)")
            #expect(draft["definition"]?["nodes"]?.array?.last?["config"]?["values"]?["text"] == "Servus", "\(draft)")
            // A broken one is told to whoever looks for what may stand in it.
            let unknown = await problem {
                try await host.send(.template(.show(WorkflowID(unchecked: "gret"), TemplateRequest.Place(probe, of: host.tenant))))
            }
            #expect(unknown?.message.hasPrefix("plugin probe: workflows/broken.yaml: ") == true, "\(unknown?.message ?? "")")
            unlink(folder + "/workflows/broken.yaml")
            unlink(folder + "/workflows/outside.yaml")
            let near = await problem {
                try await host.send(.template(.show(WorkflowID(unchecked: "gret"), TemplateRequest.Place(probe, of: host.tenant))))
            }
            #expect(near?.code == .notFound && near?.hint == "did you mean greet?")
            _ = try await host.send(.pluginDisable(PluginReference(tenant: host.tenant, plugin: probe)))
            #expect(try await brought(host.tenant) == [])
            let gone = await problem {
                try await host.send(.template(.show(Self.greet, TemplateRequest.Place(probe, of: host.tenant))))
            }
            #expect(gone?.code == .notFound && gone?.message.contains("no enabled plugin probe") == true)
        }
    }

    @Test func `a template is used once for each name, with parameters that suit`() async throws {
        try await DaemonFixture.with { (host) async throws in
            try await host.createTenant()
            let unknown = await problem { try await host.send(.template(.show(WorkflowID(unchecked: "invoice-aproval"), nil))) }
            #expect(unknown?.code == .notFound)
            let first = try #require(try await host.send(.template(.list(nil)))["templates"]?.array?.first?["id"]?.string.flatMap(WorkflowID.init(rawValue:)))
            let ours = WorkflowID(unchecked: "ours")
            let draft = try await host.send(.template(.use(host.tenant, template: first, plugin: nil, workflow: ours, name: "Ours", parameters: [:])))
            #expect(draft["name"] == "Ours" && draft["status"] == "draft")
            let again = await problem { try await host.send(.template(.use(host.tenant, template: first, plugin: nil, workflow: ours, name: nil, parameters: [:]))) }
            #expect(again?.code == .conflict)
            let wrong = await problem {
                try await host.send(.template(.use(host.tenant, template: first, plugin: nil, workflow: ours, name: nil, parameters: ["nobody": 1])))
            }
            #expect(wrong?.code == .invalidInput)
        }
    }
}
