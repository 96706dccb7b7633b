import Control
import Model
import Workflows

extension DaemonHandler {
    /// Runs tests of a definition; one that has none is refused, so that nobody takes silence for success.
    func test(_ wish: WorkflowRequest.TestWish, of tenant: TenantID) async throws(Problem) -> JSONValue {
        let (definition, version) = try await definition(for: wish, of: tenant)
        let workflow: Workflow
        var tests: [WorkflowTest]
        do throws(WorkflowFindings) {
            workflow = try Workflow(reading: definition)
            tests = try wish.tests.map { (list) throws(WorkflowFindings) in try WorkflowTest.list(list, of: workflow) } ?? workflow.tests
        } catch {
            throw error.problem
        }
        if let unknown = wish.names.first(where: { name in !tests.contains { $0.name == name } }) {
            let near = tests.map(\.name).nearest(to: unknown).map { "did you mean \($0.debugDescription)?" }
            throw Problem(.notFound, "workflow \(workflow.id) has no test \(unknown.prefix(80).debugDescription)", hint: near)
        }
        if !wish.names.isEmpty { tests = tests.filter { wish.names.contains($0.name) } }
        guard !tests.isEmpty else {
            throw Problem(.notFound, "workflow \(workflow.id) has no tests", hint: "write some into its definition: tests: [{name: …, input: …, expect: …}]")
        }
        let verdicts = try await daemon.workflowTester.run(tests, of: workflow, version: version, for: tenant)
        let failed = verdicts.count { !$0.passed }
        return [
            "tests": .array(verdicts.map { $0.json(withSteps: wish.wantsSteps) }), "passed": JSONValue(verdicts.count - failed),
            "failed": JSONValue(failed),
        ]
    }

    private func definition(
        for wish: WorkflowRequest.TestWish, of tenant: TenantID
    ) async throws(Problem) -> (definition: JSONValue, version: Int) {
        if let definition = wish.definition { return (definition, 0) }
        guard let id = wish.workflow else { throw Problem(.invalidInput, "/definition: missing") }
        let choice = try Self.choice(wish.version, "version")
        let number = if case .version(let number) = choice { number } else { 0 }
        return (try await daemon.workflows.definition(choice, of: id, in: tenant), number)
    }

    func perform(_ request: TemplateRequest, for caller: Caller) async throws(Problem) -> JSONValue {
        switch request {
        case .list(let tenant):
            var templates = try await daemon.templates.all.map { $0.json() }
            if let tenant {
                templates += try await daemon.pluginTemplates.all(of: tenant).map { $1.json(["plugin": .string($0.rawValue)]) }
            }
            return ["templates": .array(templates)]
        case .show(let id, let place):
            let template = try await template(id, place?.plugin, place?.tenant)
            var members = ["parameters": template.parameters, "workflow": template.workflow]
            if let plugin = place?.plugin { members["plugin"] = .string(plugin.rawValue) }
            return template.json(members)
        case .use(let tenant, let id, let plugin, let workflow, let name, let parameters):
            let definition = try await template(id, plugin, tenant).definition(as: workflow, named: name, with: parameters)
            return try await daemon.workflows.save(definition, for: .create, of: tenant, by: caller.author).json
        }
    }
}

extension DaemonHandler {
    /// One of Cloister's own, or of a plugin's where one is named.
    private func template(_ id: WorkflowID, _ plugin: PluginID?, _ tenant: TenantID?) async throws(Problem) -> WorkflowTemplate {
        guard let plugin, let tenant else { return try await daemon.templates.template(id) }
        return try await daemon.pluginTemplates.template(id, of: plugin, for: tenant)
    }
}

extension WorkflowTemplate {
    fileprivate func json(_ more: [String: JSONValue] = [:]) -> JSONValue {
        let members: [String: JSONValue] = [
            "id": .string(id.rawValue), "name": .string(name), "description": .string(description), "category": .string(category),
        ]
        return .object(members.merging(more) { $1 })
    }
}

extension TestVerdict {
    fileprivate func json(withSteps: Bool) -> JSONValue {
        var members: [String: JSONValue] = [
            "name": .string(name), "passed": .bool(passed), "complaints": .array(complaints.map(JSONValue.string)),
            "ending": .string(ending.rawValue), "run": run.json,
        ]
        if withSteps { members["steps"] = .array(steps.map(\.json)) }
        return .object(members)
    }
}
