/// Where something stands in a document that a person wrote: `plugin.yaml:4:9`. Lines and columns count from 1,
/// columns in Unicode scalars.
package struct YAMLPlace: Sendable, Hashable, CustomStringConvertible {
    package let file: String
    package let line: Int
    package let column: Int

    package init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }

    package var description: String { "\(file):\(line):\(column)" }
}

/// The way from the root of a document to a node, `tools[0].input.type`.
///
/// Each node links to its parent's path, because whole texts for every node of a hostile document would not fit memory.
final class YAMLPath: Sendable {
    enum Step: Sendable {
        case key(String)
        case index(Int)
    }

    let parent: YAMLPath?
    let step: Step

    init(_ parent: YAMLPath?, _ step: Step) {
        self.parent = parent
        self.step = step
    }

    var text: String {
        var steps: [Step] = []
        var path: YAMLPath? = self
        while let current = path {
            steps.append(current.step)
            path = current.parent
        }
        var text = ""
        for step in steps.reversed() {
            switch step {
            case .key(let key): text += (text.isEmpty ? "" : ".") + key.prefix(80)
            case .index(let index): text += "[\(index)]"
            }
        }
        return text
    }
}
