import Model

extension Template {
    /// Its programs in the order in which they stand, objects by key.
    package var programs: [String] {
        var found: [String] = []
        Self.collect(root, &found)
        return found
    }

    private static func collect(_ part: Part, _ found: inout [String]) {
        switch part {
        case .constant: break
        case .expression(let program): found.append(program)
        case .text(let parts):
            for case .expression(let program) in parts { found.append(program) }
        case .array(let parts): for part in parts { collect(part, &found) }
        case .object(let parts): for key in parts.keys.sorted() { if let part = parts[key] { collect(part, &found) } }
        }
    }

    /// The nodes whose outputs it reads, and whether it may read any.
    var references: (nodes: Set<String>, all: Bool) {
        programs.reduce(into: (nodes: [], all: false)) { result, program in
            let (nodes, all) = ExpressionScanner.references(in: program)
            result.nodes.formUnion(nodes)
            result.all = result.all || all
        }
    }

    /// The template's value, where `values` are the JSON texts that its programs gave, in the order of `programs`.
    package func text(filledWith values: [String]) -> String {
        var rest = values[...]
        var output = ""
        Self.write(root, &rest, &output)
        return output
    }

    private static func write(_ part: Part, _ values: inout ArraySlice<String>, _ output: inout String) {
        switch part {
        case .constant(let value): output += value.compactText
        case .expression: output += values.popFirst() ?? "null"
        case .text(let parts):
            var text = ""
            for part in parts {
                switch part {
                case .literal(let literal): text += literal
                case .expression: text += spoken(values.popFirst() ?? "null")
                }
            }
            output += JSONValue.string(text).compactText
        case .array(let parts):
            output += "["
            for (index, part) in parts.enumerated() {
                if index > 0 { output += "," }
                write(part, &values, &output)
            }
            output += "]"
        case .object(let parts):
            output += "{"
            for (index, key) in parts.keys.sorted().enumerated() {
                if index > 0 { output += "," }
                output += JSONValue.string(key).compactText + ":"
                if let part = parts[key] { write(part, &values, &output) }
            }
            output += "}"
        }
    }

    /// As it stands within a text: a text without its quotes, anything else as JSON.
    private static func spoken(_ json: String) -> String {
        guard json.utf8.first == UInt8(ascii: "\"") else { return json }
        return (try? JSONValue.parse(json))?.string ?? json
    }
}

extension WorkflowNode {
    /// Everything in it that may have expressions.
    package var templates: [Template] { [condition, input, output].compactMap(\.self) + kind.templates }
}

extension NodeKind {
    /// Expressions of the kind's own configuration.
    var templates: [Template] {
        switch self {
        case .trigger(.event(_, let filter)): filter.map { [$0] } ?? []
        case .trigger(.webhook(let webhook)): webhook.deduplicate.map { [$0] } ?? []
        case .trigger(.poll(let poll)): poll.templates
        case .trigger: []
        case .action(.transform(let template)), .action(.set(let template)), .action(.raise(let template)): [template]
        case .action(.wait(.duration(let template))), .action(.wait(.until(let template))): [template]
        case .action(.approval(let approval)): [approval.title]
        case .action(.http(let request)): request.templates
        case .action(.notify(let message)): [message.subject, message.text]
        case .action(.map(let items, let each)): [items, each]
        case .action: []
        case .condition(.if(let template)): [template]
        case .condition(.switch(let cases)): cases.map(\.when)
        case .condition(.filter(let items, let keep)): [items, keep]
        case .loop(.forEach(let each)): [each.items]
        case .loop(.while(let template, _)): [template]
        }
    }
}
