/// Turns the JSON of a schema into a table of nodes and gathers everything that is wrong with it.
struct SchemaCompiler {
    static let maximumNodes = 10_000
    static let maximumFaults = 20

    let document: JSONValue
    let dialect: JSONSchema.Dialect
    private(set) var nodes: [SchemaNode] = []
    private(set) var faults: [SchemaFault] = []
    private(set) var defaults: [(node: Int, pointer: JSONPointer)] = []

    private var places: [JSONPointer] = []
    private var byPointer: [String: Int] = [:]
    private var byAnchor: [String: Int] = [:]
    private var references: [(node: Int, text: String, pointer: JSONPointer)] = []

    init(_ document: JSONValue, _ dialect: JSONSchema.Dialect) {
        self.document = document
        self.dialect = dialect
    }

    /// Compiles the document and what it refers to; the index of its root.
    mutating func compileAll() -> Int {
        let root = schema(document, JSONPointer())
        // A reference may lead to a place that no keyword declares a schema, and so to further references.
        var next = 0
        while next < references.count, nodes.count <= Self.maximumNodes {
            let reference = references[next]
            next += 1
            guard let target = target(of: reference.text, reference.pointer) else { continue }
            nodes[reference.node].reference = target
        }
        if faults.isEmpty { refuseEndlessChains() }
        return root
    }

    mutating func fault(_ pointer: JSONPointer, _ message: String, hint: String? = nil) {
        guard faults.count < Self.maximumFaults else { return }
        faults.append(SchemaFault(pointer, message, hint: hint))
    }

    /// A fault that only someone who writes for this project wants to hear of.
    mutating func reproach(_ pointer: JSONPointer, _ message: String, hint: String? = nil) {
        if dialect == .authored { fault(pointer, message, hint: hint) }
    }

    mutating func schema(_ value: JSONValue, _ pointer: JSONPointer) -> Int {
        let index = nodes.count
        nodes.append(SchemaNode())
        places.append(pointer)
        guard index < Self.maximumNodes else {
            if index == Self.maximumNodes { fault(pointer, "more than \(Self.maximumNodes) schemas in one document") }
            return index
        }
        byPointer[pointer.description] = index
        switch value {
        case .bool(let admits): nodes[index].refusesAll = !admits
        case .object(let keywords):
            let node = nodes[index]
            for (keyword, value) in keywords.sorted(by: { $0.key < $1.key }) {
                read(keyword, value, pointer.appending(keyword), into: node, index)
            }
            if keywords["then"] != nil || keywords["else"] != nil, keywords["if"] == nil {
                reproach(pointer, "then or else without if")
            }
            if node.defaultValue != nil { defaults.append((index, pointer)) }
        default: fault(pointer, "expected a schema (an object, true or false), found \(value.kind)")
        }
        return index
    }

    mutating func refer(_ node: Int, to text: String, _ pointer: JSONPointer) {
        references.append((node, text, pointer))
    }

    mutating func anchor(_ name: String, _ node: Int, _ pointer: JSONPointer) {
        if byAnchor.updateValue(node, forKey: name) != nil { fault(pointer, "this anchor stands twice") }
    }

    /// The node that a reference leads to. A foreign reference that leads nowhere admits everything.
    private mutating func target(of text: String, _ pointer: JSONPointer) -> Int? {
        var fragment = Substring(text)
        if let base = document["$id"]?.string, !base.isEmpty, fragment.hasPrefix(base) {
            fragment = fragment.dropFirst(base.count)
            if fragment.isEmpty { fragment = "#" }
        }
        guard fragment.utf8.first == UInt8(ascii: "#") else {
            reproach(
                pointer, "a reference out of the document", hint: "put the schema under $defs and refer to #/$defs/…")
            return nil
        }
        guard let name = Self.percentDecoded(fragment.dropFirst()) else {
            reproach(pointer, "not a reference: \(text.prefix(80))")
            return nil
        }
        if name.isEmpty { return byPointer[""] }
        guard name.utf8.first == UInt8(ascii: "/") else {
            if byAnchor[name] == nil { reproach(pointer, "no schema has the anchor \(name.prefix(80))") }
            return byAnchor[name]
        }
        if let known = byPointer[name] { return known }
        guard let value = JSONPointer.resolve(name, in: document) else {
            let known = byPointer.keys.filter { $0.contains("/$defs/") || $0.contains("/definitions/") }
            reproach(
                pointer, "nothing stands at \(name.prefix(80))",
                hint: known.nearest(to: name).map { "did you mean #\($0)?" })
            return nil
        }
        var steps: [JSONPointer.Step] = []
        for part in name.utf8.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            steps.append(.key(JSONPointer.unescaped(Substring(part)) ?? ""))
        }
        return schema(value, JSONPointer(steps))
    }

    private static func percentDecoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(hexDigit), let low = rest.popFirst().flatMap(hexDigit) else {
                return nil
            }
            bytes.append(UInt8(high << 4 | low))
        }
        return String(validating: bytes, as: UTF8.self)
    }

    /// Refuses schemas that judge a value by way of themselves, and chains too long for the stack.
    private mutating func refuseEndlessChains() {
        let limit = 100
        enum Height {
            case unknown, open
            case known(Int)
        }
        var heights = [Height](repeating: .unknown, count: nodes.count)

        func height(_ node: Int, _ depth: Int) throws(SchemaFaults) -> Int {
            switch heights[node] {
            case .known(let height): return height
            case .open:
                throw SchemaFaults(faults: [SchemaFault(places[node], "refers to itself without end")])
            case .unknown: break
            }
            guard depth < limit else {
                throw SchemaFaults(faults: [SchemaFault(places[node], "references nested too deeply")])
            }
            heights[node] = .open
            var highest = 0
            for part in nodes[node].inPlace { highest = max(highest, try height(part, depth + 1)) }
            guard highest + 1 < limit else {
                throw SchemaFaults(faults: [SchemaFault(places[node], "references nested too deeply")])
            }
            heights[node] = .known(highest + 1)
            return highest + 1
        }

        for node in nodes.indices {
            do throws(SchemaFaults) { _ = try height(node, 0) } catch {
                for fault in error.faults { self.fault(fault.pointer, fault.message) }
                return
            }
        }
    }
}
