package import Model

/// What is asked about the templates of workflows.
package enum TemplateRequest: Hashable, Sendable {
    /// → `{"templates"}`, by category and name
    case list
    /// → the template
    case show(WorkflowID)
    /// Saves a draft that is made from one. → the workflow
    case use(TenantID, template: WorkflowID, workflow: WorkflowID, name: String?, parameters: [String: JSONValue])

    init(_ method: ControlMethod, _ parameters: inout ControlParameters) throws(Problem) {
        switch method {
        case .templateList: self = .list
        case .templateShow: self = .show(try parameters.identifier("template"))
        default:
            let values = parameters.members.take("parameters") ?? [:]
            guard let given = values.object else { throw Problem(.invalidInput, "/parameters: expected an object") }
            self = .use(
                try parameters.identifier("tenant"), template: try parameters.identifier("template"),
                workflow: try parameters.identifier("workflow"), name: try parameters.members.optionalString("name"),
                parameters: given)
        }
    }

    package var method: ControlMethod {
        switch self {
        case .list: .templateList
        case .show: .templateShow
        case .use: .templateUse
        }
    }

    package var tenant: TenantID? { if case .use(let tenant, _, _, _, _) = self { tenant } else { nil } }

    /// What it is about, by its name.
    var objectName: String {
        switch self {
        case .list: ""
        case .show(let template): template.rawValue
        case .use(_, let template, let workflow, _, _): "\(workflow) \(template)"
        }
    }

    var members: [String: JSONValue] {
        switch self {
        case .list: return [:]
        case .show(let template): return ["template": .string(template.rawValue)]
        case .use(let tenant, let template, let workflow, let name, let parameters):
            var members: [String: JSONValue] = [
                "tenant": .string(tenant.rawValue), "template": .string(template.rawValue), "workflow": .string(workflow.rawValue),
                "parameters": .object(parameters),
            ]
            members["name"] = name.map(JSONValue.string)
            return members
        }
    }
}
