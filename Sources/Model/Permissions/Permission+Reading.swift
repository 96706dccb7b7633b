extension Permission {
    /// Reads `resource`, `actions` and `conditions` out of a mapping that may have more members, or keeps what is wrong
    /// with them; nil where something is.
    package init?(_ members: inout YAMLMapping, _ problems: inout ProblemList) {
        let resource = problems.attempt { () throws(Problem) in
            try members.required("resource").choice(of: Resource.self)
        }
        let listed = problems.attempt { () throws(Problem) in try members.required("actions") }
        let conditions = members.take("conditions")
        guard let resource, let listed,
            let actions = problems.attempt({ () throws(Problem) in try Self.actions(listed, of: resource) }),
            let conditions = Conditions(conditions, of: resource, at: members.node, &problems)
        else { return nil }
        self.init(resource, actions, conditions)
    }

    private static func actions(_ node: YAMLNode, of resource: Resource) throws(Problem) -> [String] {
        let elements = try node.sequence
        guard !elements.isEmpty else { throw node.problem("empty", hint: "allowed: \(resource.actions.joined(separator: ", "))") }
        var actions: [String] = []
        for element in elements {
            let action = try element.string()
            guard resource.actions.contains(action) else {
                throw element.problem(
                    "not an action on \(resource.rawValue): \(action.prefix(60).debugDescription)",
                    hint: resource.actions.nearest(to: action).map { "did you mean \($0)?" }
                        ?? "allowed: \(resource.actions.joined(separator: ", "))")
            }
            guard !actions.contains(action) else { throw element.problem("listed twice: \(action)") }
            actions.append(action)
        }
        return actions
    }
}

extension Permission.Conditions {
    init?(_ node: YAMLNode?, of resource: Resource, at place: YAMLNode, _ problems: inout ProblemList) {
        self.init()
        if let node {
            guard var members = problems.attempt({ () throws(Problem) in try node.mapping }) else { return nil }
            let before = problems.count
            for key in resource.conditions {
                guard let value = members.take(key) else { continue }
                _ = problems.attempt { () throws(Problem) in try read(key, value, of: resource) }
            }
            for problem in members.unknown { problems.add(problem) }
            guard problems.count == before else { return nil }
        }
        if resource == .network, hosts == nil {
            problems.add(place.problem("conditions.hosts: missing", hint: "name the hosts, for example [api.example.org]"))
            return nil
        }
    }

    private mutating func read(_ key: String, _ node: YAMLNode, of resource: Resource) throws(Problem) {
        switch key {
        case "media-types": mediaTypes = try Self.words(node, Self.isMediaType, "a media type such as image/jpeg or image/*")
        case "max-size": maximumSize = try node.byteSize(in: ByteSize(bytes: 1)...ByteSize(bytes: .max))
        case "path-prefix": pathPrefix = try node.line(limit: 256)
        case "names": names = try Self.words(node, Self.isName, "a name such as invoices.key or mail-*")
        case "hosts": hosts = try Self.list(node).map { (element) throws(Problem) in try Self.host(element) }
        case "ports":
            let elements = try Self.list(node)
            var ports: [Int] = []
            for element in elements { ports.append(try element.integer(in: 1...65_535)) }
            self.ports = ports
        default:
            methods = try Self.words(
                node, Self.methodNames.contains, "an HTTP method such as GET")
        }
    }

    private static func list(_ node: YAMLNode) throws(Problem) -> [YAMLNode] {
        let elements = try node.sequence
        guard (1...64).contains(elements.count) else {
            throw node.problem(elements.isEmpty ? "empty" : "more than 64 entries", hint: "leave it out to narrow nothing")
        }
        return elements
    }

    private static func words(
        _ node: YAMLNode, _ isValid: (String) -> Bool, _ expected: String
    ) throws(Problem) -> [String] {
        var words: [String] = []
        for element in try list(node) {
            let word = try element.string()
            guard isValid(word) else {
                throw element.problem("expected \(expected), found \(word.prefix(80).debugDescription)")
            }
            words.append(word)
        }
        return words
    }

    /// In the canonical form, so that one host has one spelling; what it resolves to is looked at when something connects.
    private static func host(_ element: YAMLNode) throws(Problem) -> String {
        let text = try element.string()
        do throws(Problem) {
            return try HostPattern(text).description
        } catch {
            throw element.problem(
                "expected a host such as api.example.org, *.example.org or 192.0.2.7, found \(text.prefix(80).debugDescription)",
                hint: error.cause)
        }
    }

    private static func isMediaType(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count == 2, text.utf8.count <= 127 else { return false }
        func isToken(_ part: Substring.UTF8View) -> Bool {
            !part.isEmpty && part.allSatisfy { isLowerOrDigit($0) || "!#$&^_.+-".utf8.contains($0) }
        }
        return isToken(parts[0]) && (parts[1].elementsEqual("*".utf8) || isToken(parts[1]))
    }

    private static func isName(_ text: String) -> Bool {
        let stem = text.hasSuffix("*") ? text.dropLast() : text[...]
        return (1...128).contains(text.utf8.count)
            && stem.utf8.allSatisfy { byte in
                isLowerOrDigit(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) || "_.-".utf8.contains(byte)
            }
    }

    private static func isLowerOrDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
