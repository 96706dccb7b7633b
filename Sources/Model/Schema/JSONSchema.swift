/// A compiled JSON Schema (2020-12): checks values, fills in defaults, hides secrets.
///
/// Known keywords: `type`, `enum`, `const`, the bounds and `multipleOf` of numbers, the lengths, `pattern` and `format` of
/// strings, all of arrays and objects except `unevaluatedItems` and `unevaluatedProperties`, `allOf`, `anyOf`, `oneOf`,
/// `not`, `if`, `then`, `else`, `$ref` and `$anchor` within the document, `$defs`, the annotations, and `secret: true`.
/// `pattern` is as `Pattern` says. Checking is bounded in time and depth, whoever wrote schema and value.
package struct JSONSchema: Sendable {
    /// How much a schema's author is trusted to have meant what stands there.
    package enum Dialect: Sendable {
        /// Written for this project: an unknown or unsupported keyword is a mistake, and reported.
        case authored
        /// From elsewhere: what is not known is ignored, as the standard asks, and older drafts' spellings are read.
        case foreign
    }

    /// The schema as it was written.
    package let source: JSONValue
    let nodes: [SchemaNode]
    let root: Int

    /// Admits everything.
    package static let any = JSONSchema(source: true, nodes: [SchemaNode()], root: 0)

    /// Whether it has nothing against any value, so that a value need not even be read for it.
    package var acceptsEverything: Bool { source == true || source == [:] }

    private init(source: JSONValue, nodes: [SchemaNode], root: Int) {
        self.source = source
        self.nodes = nodes
        self.root = root
    }

    /// Compiles a schema, or throws everything that is wrong with it.
    package static func compile(
        _ source: JSONValue, dialect: Dialect = .authored
    ) throws(SchemaFaults) -> JSONSchema {
        var compiler = SchemaCompiler(source, dialect)
        let root = compiler.compileAll()
        guard compiler.faults.isEmpty else { throw SchemaFaults(faults: compiler.faults) }
        let schema = JSONSchema(source: source, nodes: compiler.nodes, root: root)
        if dialect == .authored {
            let faults = schema.faultsOfDefaults(compiler.defaults)
            guard faults.isEmpty else { throw SchemaFaults(faults: faults) }
        }
        return schema
    }

    /// Compiles a schema, or throws `invalidInput` whose lines name `subject`, the pointer and the reason.
    package init(_ source: JSONValue, dialect: Dialect = .authored, as subject: String = "schema") throws(Problem) {
        do throws(SchemaFaults) {
            self = try Self.compile(source, dialect: dialect)
        } catch {
            throw error.problem(subject)
        }
    }

    /// All that is wrong with a value, at most `limit` of it; empty when the value satisfies the schema.
    package func violations(in value: JSONValue, limit: Int = 20) -> [SchemaViolation] {
        violations(in: value, of: root, limit: limit)
    }

    private func violations(in value: JSONValue, of node: Int, limit: Int) -> [SchemaViolation] {
        var evaluation = SchemaEvaluation(nodes, value, limit: limit)
        return evaluation.run(node)
    }

    /// Throws `code` with a line for each thing that is wrong with the value.
    package func check(
        _ value: JSONValue, as subject: String, code: Problem.Code = .invalidInput
    ) throws(Problem) {
        var list = ProblemList()
        for violation in violations(in: value) {
            list.add(
                Problem(code, "\(subject): \(violation.pointer.place): \(violation.message)", hint: violation.hint))
        }
        try list.finish()
    }

    /// The properties of the top object that are documents (`format: document`), by name.
    package var documentProperties: [String] {
        var names: Set<String> = []
        for part in nodes.sameValue(as: root) {
            for (name, property) in nodes[part].object?.properties ?? [:] {
                let isDocument = nodes.sameValue(as: property).contains { nodes[$0].text?.format == .document }
                if isDocument { names.insert(name) }
            }
        }
        return names.sorted()
    }

    private func faultsOfDefaults(_ defaults: [(node: Int, pointer: JSONPointer)]) -> [SchemaFault] {
        var faults: [SchemaFault] = []
        for (node, pointer) in defaults {
            guard let value = nodes[node].defaultValue else { continue }
            var filling = SchemaDefaults(nodes)
            let filled = filling.fill(value, node)
            guard !filling.isExhausted else {
                return [SchemaFault(pointer, "defaults that contain each other without end")]
            }
            if let violation = violations(in: filled, of: node, limit: 1).first {
                let place = violation.pointer.steps.isEmpty ? "" : "\(violation.pointer): "
                faults.append(
                    SchemaFault(pointer.appending("default"), "breaks its own schema: \(place)\(violation.message)"))
            }
        }
        return faults
    }
}

extension [SchemaNode] {
    /// A schema and those that a value must satisfy whenever it satisfies that one, each once.
    func sameValue(as index: Int) -> [Int] {
        var found = [index]
        var known: Set<Int> = [index]
        var next = 0
        while next < found.count {
            let node = self[found[next]]
            next += 1
            if let reference = node.reference, known.insert(reference).inserted { found.append(reference) }
            for part in node.allOf where known.insert(part).inserted { found.append(part) }
        }
        return found
    }
}
