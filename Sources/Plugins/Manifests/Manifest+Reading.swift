package import Model

extension Manifest {
    /// Reads a manifest, or throws everything that is wrong with it, each with its place.
    package init(_ node: YAMLNode) throws(Problem) {
        var problems = ProblemList()
        var root = try node.mapping
        /// A member that must be there, as `read` makes it.
        func required<Value>(
            _ name: String, _ read: (YAMLNode) throws(Problem) -> Value
        ) -> Value? {
            problems.attempt { () throws(Problem) in try read(try root.required(name)) }
        }
        let id = required("id") { (node) throws(Problem) in
            try node.located { () throws(Problem) in try PluginID(try node.string()) }
        }
        let name = required("name") { (node) throws(Problem) in try node.line(limit: 100) }
        let version = required("version") { (node) throws(Problem) in
            try node.located { () throws(Problem) in try Version(try node.string()) }
        }
        let author = root.take("author").flatMap { node in
            problems.attempt { () throws(Problem) in try node.line(limit: 200) }
        }
        let summary = required("description") { (node) throws(Problem) in try node.line(limit: 300) }
        let category = required("category") { (node) throws(Problem) in try node.choice(of: Category.self) }
        let dialect = required("protocol") { (node) throws(Problem) in try node.choice(of: Dialect.self) }
        let command = required("command") { (node) throws(Problem) in try Self.command(node) }
        let profile = root.take("profile").map { node in
            problems.attempt { () throws(Problem) in try Self.profile(node) } ?? ""
        }
        let environment = root.take("environment").map { Self.environment($0, &problems) } ?? [:]
        let instances = Instances(root.take("instances"), &problems)
        let limits = Limits(root.take("limits"), &problems)
        let deadlines = Deadlines(root.take("deadlines"), &problems, for: dialect ?? .cloister)
        let schema = root.take("configuration").flatMap { Self.objectSchema($0, &problems) }
        let tools = root.take("tools").map { Self.tools($0, &problems, of: dialect ?? .cloister) } ?? []
        let permissions = root.take("permissions").map { Self.permissions($0, &problems) } ?? []
        let hooks = root.take("hooks").map { (node) -> [Hook] in
            if dialect == .mcp { problems.add(node.problem("an MCP server handles no hooks", hint: Self.nativeOnly)) }
            return Self.hooks(node, &problems)
        } ?? []
        let events = root.take("events").map { (node) -> [Event] in
            if dialect == .mcp { problems.add(node.problem("an MCP server raises no events", hint: Self.nativeOnly)) }
            return Self.events(node, of: id, &problems)
        } ?? []
        let compatible = root.take("compatible").flatMap { node in
            problems.attempt { () throws(Problem) in
                try node.located { () throws(Problem) in try VersionRange(try node.string()) }
            }
        }
        for problem in root.unknown { problems.add(problem) }
        try problems.finish()

        guard let id, let name, let version, let summary, let category, let dialect, let command else {
            throw Problem(.internalFault, "a manifest without a member that was read")
        }
        self.init(
            id: id, name: name, version: version, author: author, summary: summary, category: category,
            dialect: dialect, command: command.words, commandPlace: command.place, profile: profile ?? "default",
            environment: environment, instances: instances, limits: limits, deadlines: deadlines,
            configurationSchema: schema, tools: tools, permissions: permissions, hooks: hooks, events: events,
            compatible: compatible)
    }

    private static let nativeOnly = "that takes a plugin with `protocol: cloister/1`"

    private static func command(_ node: YAMLNode) throws(Problem) -> (words: [String], place: YAMLPlace) {
        let elements = try node.sequence
        guard let first = elements.first else {
            throw node.problem("empty", hint: "for example [/usr/bin/python3, main.py]")
        }
        guard elements.count <= 256 else { throw node.problem("more than 256 words") }
        var words: [String] = []
        for element in elements {
            let word = try element.string()
            guard !word.utf8.contains(0) else { throw element.problem("a NUL character in it") }
            guard word.utf8.count <= 4096 else { throw element.problem("longer than 4096 bytes") }
            words.append(word)
        }
        try checkExecutable(words[0], first)
        return (words, first.place)
    }

    private static func checkExecutable(_ path: String, _ node: YAMLNode) throws(Problem) {
        guard !path.isEmpty else { throw node.problem("empty") }
        let parts = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .dropFirst(path.hasPrefix("/") || path.hasPrefix("./") ? 1 : 0)
        guard parts.allSatisfy({ !$0.isEmpty && !$0.elementsEqual(".".utf8) && !$0.elementsEqual("..".utf8) }) else {
            throw node.problem(
                "not a plain path: \(path.prefix(80).debugDescription)",
                hint: "an absolute path, or one inside the plugin's folder, without . and .. in it")
        }
    }

    private static func profile(_ node: YAMLNode) throws(Problem) -> String {
        let name = try node.string()
        guard PluginID(rawValue: name) != nil else {
            throw node.problem(
                "not the name of a profile: \(name.prefix(80).debugDescription)", hint: "for example python")
        }
        return name
    }

    /// A schema for an object: that is what crosses the wire.
    private static func objectSchema(_ node: YAMLNode, _ problems: inout ProblemList) -> JSONSchema? {
        guard let schema = node.schema(&problems) else { return nil }
        guard schema.source["type"] == "object" else {
            problems.add(node.problem("must describe an object", hint: "add type: object"))
            return nil
        }
        return schema
    }

    private static func tools(_ node: YAMLNode, _ problems: inout ProblemList, of dialect: Dialect) -> [Tool] {
        guard let elements = problems.attempt({ () throws(Problem) in try node.sequence }) else { return [] }
        if elements.count > 256 { problems.add(node.problem("more than 256 tools")) }
        var tools: [Tool] = []
        var names: Set<String> = []
        for element in elements.prefix(256) {
            guard var members = problems.attempt({ () throws(Problem) in try element.mapping }) else { continue }
            let name = problems.attempt { () throws(Problem) in try toolName(try members.required("name")) }
            if let name, !names.insert(name).inserted {
                problems.add(element.problem("a second tool with the name \(name)"))
            }
            let summary = members.take("description").flatMap { node in
                problems.attempt { () throws(Problem) in try text(node) }
            }
            // An MCP server brings schemas of its own: the manifest only replaces what it does not like of them.
            let unsaid: JSONSchema? = dialect == .mcp ? .any : noInput
            let input = members.take("input").map { objectSchema($0, &problems) } ?? unsaid
            let output = members.take("output").map { $0.schema(&problems) } ?? .any
            for problem in members.unknown { problems.add(problem) }
            guard let name, let input, let output else { continue }
            tools.append(Tool(name: name, summary: summary ?? "", input: input, output: output))
        }
        return tools
    }

    /// Of a tool that says nothing about its input: an empty object.
    private static let noInput = try? JSONSchema(["type": "object", "additionalProperties": false])

    private static func toolName(_ node: YAMLNode) throws(Problem) -> String {
        let name = try node.string()
        let isName = name.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || "_.-".utf8.contains(byte)
        }
        guard (1...64).contains(name.utf8.count), isName else {
            throw node.problem(
                "not the name of a tool: \(name.prefix(80).debugDescription)",
                hint: "1 to 64 letters, digits, hyphens, underscores and dots")
        }
        return name
    }

    /// Text for people, of more than one line if need be.
    private static func text(_ node: YAMLNode) throws(Problem) -> String {
        let text = try node.string()
        guard text.unicodeScalars.count <= 4000 else { throw node.problem("longer than 4000 characters") }
        let isText = text.unicodeScalars.allSatisfy {
            $0 == "\n" || $0 == "\t" || !$0.isControl
        }
        guard isText else { throw node.problem("a control character in it") }
        return text
    }
}
