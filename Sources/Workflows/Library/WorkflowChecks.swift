package import Model
import Store

/// Who knows what plugins a tenant has and what they offer.
package protocol ToolDirectory: Sendable {
    /// The names of the tools of each plugin. A plugin that tells its tools only once it runs is there with nil.
    func tools(of tenant: TenantID) async throws(Problem) -> [PluginID: [String]?]
}

extension WorkflowLibrary {
    /// Everything that is wrong with a definition, as far as it can be known before it runs; nothing is saved.
    package func validate(_ definition: JSONValue, of tenant: TenantID) async throws(Problem) -> WorkflowFindings {
        let workflow: Workflow
        do throws(WorkflowFindings) {
            workflow = try Workflow(reading: definition)
        } catch {
            return error
        }
        var findings = try await outerFindings(workflow, tenant)
        findings.add(
            try await store.tenant(tenant).read { database in
                try WorkflowStarts(workflow).findings(database, circles: true)
            })
        return findings
    }

    /// What others know of it: whether its tools exist, and whether its programs compile.
    func outerFindings(_ workflow: Workflow, _ tenant: TenantID) async throws(Problem) -> WorkflowFindings {
        var findings = WorkflowFindings()
        findings.add(workflow.zoneFindings)
        findings.add(try await toolFindings(workflow, tenant))
        findings.add(try await programFindings(workflow, tenant))
        return findings
    }

    private func toolFindings(_ workflow: Workflow, _ tenant: TenantID) async throws(Problem) -> [WorkflowFinding] {
        guard let directory = ports.tools else { return [] }
        let calls = workflow.nodes.enumerated().compactMap { index, node -> (Int, NodeID, PluginID, String)? in
            switch node.kind {
            case .action(.tool(let plugin, let tool, _)): (index, node.id, plugin, tool)
            case .trigger(.poll(let poll)): (index, node.id, poll.plugin, poll.tool)
            default: nil
            }
        }
        guard !calls.isEmpty else { return [] }
        let known = try await directory.tools(of: tenant)
        return calls.prefix(WorkflowFindings.limit).compactMap { index, node, plugin, tool in
            let config = JSONPointer().appending("nodes").appending(index).appending("config")
            guard let tools = known[plugin] else {
                let near = known.keys.map(\.rawValue).nearest(to: plugin.rawValue).map { "did you mean \($0)?" }
                return WorkflowFinding(
                    config.appending("plugin"), node: node.rawValue, "plugin not found: \(plugin)",
                    hint: near ?? "install it: cloister plugin install")
            }
            guard let tools, !tools.contains(tool) else { return nil }
            return WorkflowFinding(
                config.appending("tool"), node: node.rawValue, "plugin \(plugin) has no tool \(tool.prefix(64))",
                hint: tools.nearest(to: tool).map { "did you mean \($0)?" } ?? "its tools: \(tools.sorted().prefix(20).joined(separator: ", "))")
        }
    }

    private func keyFindings(
        _ workflow: Workflow, _ evaluator: any ExpressionEvaluator, _ tenant: TenantID
    ) async throws(Problem) -> [WorkflowFinding] {
        var findings: [WorkflowFinding] = []
        let settings = workflow.settings
        for (name, key) in [
            ("concurrency", settings.concurrency?.key), ("throttle", settings.throttle?.key), ("debounce", settings.debounce?.key),
        ] {
            guard let programs = key?.programs, !programs.isEmpty else { continue }
            let place = JSONPointer().appending("settings").appending(name).appending("key")
            findings += try await evaluator.check(programs, variables: Answering.variables(inLoop: false), for: tenant).compactMap { fault in
                fault.map { WorkflowFinding(place, node: nil, "it does not compile: \($0.message)") }
            }
        }
        return findings
    }

    private func programFindings(_ workflow: Workflow, _ tenant: TenantID) async throws(Problem) -> [WorkflowFinding] {
        guard let evaluator = ports.expressions else { return [] }
        let graph = WorkflowGraph(workflow)
        var findings = try await keyFindings(workflow, evaluator, tenant)
        for isInLoop in [false, true] {
            let places = workflow.nodes.enumerated().filter { (graph.loop[$0.element.id] != nil) == isInLoop }
                .flatMap { index, node in node.templates.flatMap(\.programs).map { (index, node.id, $0) } }
            guard !places.isEmpty else { continue }
            let faults = try await evaluator.check(
                places.map(\.2), variables: Answering.variables(inLoop: isInLoop), for: tenant)
            for ((index, node, program), fault) in zip(places, faults) {
                guard let fault, findings.count <= WorkflowFindings.limit else { continue }
                let line = fault.line.map { " at line \($0)" + (fault.column.map { ", column \($0)" } ?? "") } ?? ""
                findings.append(
                    WorkflowFinding(
                        JSONPointer().appending("nodes").appending(index).appending("config"), node: node.rawValue,
                        "the expression \(program.prefix(60).debugDescription) does not compile\(line): \(fault.message)"))
            }
        }
        return findings
    }
}
