package import Model

/// What is asked about the templates of workflows.
package enum TemplateRequest: Hashable, Sendable {
    /// Whose plugin brings a template along.
    package struct Place: Hashable, Sendable {
        package let tenant: TenantID
        package let plugin: PluginID

        package init(_ plugin: PluginID, of tenant: TenantID) {
            self.plugin = plugin
            self.tenant = tenant
        }
    }

    /// Cloister's own, and those of a tenant's plugins. → `{"templates"}`, by category and name
    case list(TenantID?)
    /// Cloister's own where no plugin is named. → the template
    case show(WorkflowID, Place?)
    /// Saves a draft that is made from one. → the workflow
    case use(TenantID, template: WorkflowID, plugin: PluginID?, workflow: WorkflowID, name: String?, parameters: [String: JSONValue])

    init(_ method: ControlMethod, _ parameters: inout ControlParameters) throws(Problem) {
        switch method {
        case .templateList: self = .list(try parameters.optionalIdentifier("tenant"))
        case .templateShow:
            let template: WorkflowID = try parameters.identifier("template")
            let tenant: TenantID? = try parameters.optionalIdentifier("tenant")
            let plugin: PluginID? = try parameters.optionalIdentifier("plugin")
            guard let plugin else {
                self = .show(template, nil)
                return
            }
            guard let tenant else { throw Problem(.invalidInput, "/tenant: missing", hint: "name the tenant whose plugin it is") }
            self = .show(template, Place(plugin, of: tenant))
        default:
            let values = parameters.members.take("parameters") ?? [:]
            guard let given = values.object else { throw Problem(.invalidInput, "/parameters: expected an object") }
            self = .use(
                try parameters.identifier("tenant"), template: try parameters.identifier("template"),
                plugin: try parameters.optionalIdentifier("plugin"), workflow: try parameters.identifier("workflow"), name: try parameters.members.optionalString("name"),
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

    package var tenant: TenantID? {
        switch self {
        case .list(let tenant): tenant
        case .show(_, let place): place?.tenant
        case .use(let tenant, _, _, _, _, _): tenant
        }
    }

    /// What it is about, by its name.
    var objectName: String {
        switch self {
        case .list: ""
        case .show(let template, _): template.rawValue
        case .use(_, let template, _, let workflow, _, _): "\(workflow) \(template)"
        }
    }

    var members: [String: JSONValue] {
        switch self {
        case .list(let tenant):
            guard let tenant else { return [:] }
            return ["tenant": .string(tenant.rawValue)]
        case .show(let template, let place):
            guard let place else { return ["template": .string(template.rawValue)] }
            return [
                "template": .string(template.rawValue), "tenant": .string(place.tenant.rawValue),
                "plugin": .string(place.plugin.rawValue),
            ]
        case .use(let tenant, let template, let plugin, let workflow, let name, let parameters):
            var members: [String: JSONValue] = [
                "tenant": .string(tenant.rawValue), "template": .string(template.rawValue), "workflow": .string(workflow.rawValue),
                "parameters": .object(parameters),
            ]
            members["name"] = name.map(JSONValue.string)
            members["plugin"] = (plugin?.rawValue).map(JSONValue.string)
            return members
        }
    }
}
