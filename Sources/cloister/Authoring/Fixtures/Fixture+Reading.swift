import Glibc
import Model
import Plugins

extension Fixture {
    static let folderName = "fixtures"

    /// The fixtures of a plugin's folder in the order of their files; every mistake in them goes into `problems`.
    static func load(_ folder: String, _ manifest: Manifest, _ problems: inout ProblemList) -> [Fixture] {
        let fixtures = "\(folder)/\(folderName)"
        let files = Path.entries(of: fixtures).filter { name in
            [".yaml", ".yml", ".json"].contains { name.hasSuffix($0) } && !name.hasPrefix(".")
        }
        return files.flatMap { name -> [Fixture] in
            let named = "\(folderName)/\(name)"
            guard let node = problems.attempt({ () throws(Problem) in
                try YAMLNode.load(file: "\(fixtures)/\(name)", named: named)
            }), let entries = problems.attempt({ () throws(Problem) in try node.sequence }) else { return [] }
            return entries.compactMap { entry in
                problems.attempt { () throws(Problem) in try Fixture(entry, fixtures, manifest) }
            }
        }
    }

    init(_ node: YAMLNode, _ folder: String, _ manifest: Manifest) throws(Problem) {
        var members = try node.mapping
        place = node.place
        name = try members.required("name").line(limit: 200)
        configuration = try members.take("configuration")?.object() ?? [:]
        let tool = members.take("tool")
        let hook = members.take("hook")
        switch (tool, hook) {
        case (let tool?, nil): call = try Self.toolCall(tool, &members, folder, manifest)
        case (nil, let hook?): call = try Self.hookCall(hook, &members, manifest)
        default: throw node.problem("neither a tool nor a hook, or both", hint: "name the one that is called")
        }
        var expect = try members.required("expect").mapping
        // Null is a value to expect, while elsewhere a key without a value counts as absent.
        let found = [Outcome.output, .value, .error].compactMap { kind -> (Outcome, YAMLNode)? in
            let member = expect.members.first { $0.key == kind.rawValue }
            _ = expect.take(kind.rawValue)
            return member.map { (kind, $0.value) }
        }
        if found.isEmpty { try expect.finish() }
        guard found.count == 1, let (kind, node) = found.first else {
            throw expect.node.problem("expected one of output, value and error")
        }
        outcome = kind
        pattern = try node.value
        try Match.check(pattern, at: node)
        try expect.finish()
        try members.finish()
    }

    private static func toolCall(
        _ node: YAMLNode, _ members: inout YAMLMapping, _ folder: String, _ manifest: Manifest
    ) throws(Problem) -> Call {
        let name = try node.string()
        guard let tool = manifest.tools.first(where: { $0.name == name }) else {
            let names = manifest.tools.map(\.name)
            throw node.problem(
                "unknown tool: \(name.prefix(80))",
                hint: names.nearest(to: name).map { "did you mean \($0)?" }
                    ?? "there are: \(names.joined(separator: ", "))")
        }
        var documents: [String: String] = [:]
        if let node = members.take("documents") {
            for member in try node.mapping.members {
                guard tool.input.documentProperties.contains(member.key) else {
                    throw member.value.problem(
                        "tool \(name) takes no document named \(member.key)",
                        hint: "it takes: \(tool.input.documentProperties.joined(separator: ", "))")
                }
                let path = Path.absolute(try member.value.line(limit: 1024), from: folder)
                guard access(path, R_OK) == 0 else { throw member.value.problem("cannot read \(path)") }
                documents[member.key] = path
            }
        }
        return .tool(name: name, input: try members.take("input")?.object() ?? [:], documents: documents)
    }

    private static func hookCall(
        _ node: YAMLNode, _ members: inout YAMLMapping, _ manifest: Manifest
    ) throws(Problem) -> Call {
        let handler = try members.required("handler")
        let name = try handler.string()
        guard let hook = manifest.hooks.first(where: { $0.handler == name }) else {
            throw handler.problem(
                "unknown handler: \(name.prefix(80))",
                hint: manifest.hooks.map(\.handler).nearest(to: name).map { "did you mean \($0)?" }
                    ?? "the manifest names handlers under hooks")
        }
        let kind = try members.take("kind").map { (node) throws(Problem) in try node.choice(of: Manifest.Hook.Kind.self) }
        return .hook(
            event: try node.string(), handler: name, isFilter: (kind ?? hook.kind) == .filter,
            value: try members.take("value")?.value ?? .null, context: try members.take("context")?.object() ?? [:])
    }
}

extension YAMLNode {
    /// The node as JSON, where it is an object.
    fileprivate func object() throws(Problem) -> JSONValue {
        _ = try mapping
        return try value
    }
}
