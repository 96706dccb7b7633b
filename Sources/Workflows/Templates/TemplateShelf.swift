package import Model

/// The templates that come with Cloister: read from their files when the first is asked for.
package actor TemplateShelf {
    private let files: [String]
    private var templates: [WorkflowTemplate]?

    package init(files: [String]) { self.files = files }

    /// By category, then by name. Throws where one of the files cannot be read.
    package var all: [WorkflowTemplate] {
        get throws(Problem) {
            if let templates { return templates }
            var read: [WorkflowTemplate] = []
            for file in files { read.append(try Self.load(file)) }
            read.sort { ($0.category, $0.name) < ($1.category, $1.name) }
            templates = read
            return read
        }
    }

    /// Throws `notFound` with the nearest name.
    package func template(_ id: WorkflowID) throws(Problem) -> WorkflowTemplate {
        let all = try all
        if let template = all.first(where: { $0.id == id }) { return template }
        let near = all.map(\.id.rawValue).nearest(to: id.rawValue).map { "did you mean \($0)?" }
        throw Problem(.notFound, "template not found: \(id)", hint: near ?? "cloister workflow template list shows them")
    }

    /// A template in a file, YAML or JSON.
    package static func load(_ file: String) throws(Problem) -> WorkflowTemplate {
        do throws(Problem) {
            return try WorkflowTemplate(reading: try YAMLNode.load(file: file).value)
        } catch {
            throw Problem(error.code, "\(file): \(error.message)", hint: error.hint, cause: error.cause)
        }
    }
}
