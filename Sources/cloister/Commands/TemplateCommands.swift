import ArgumentParser
import Control
import Model

struct TemplateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "template", abstract: "Workflows to begin one's own from.",
        subcommands: [TemplateListCommand.self, TemplateShowCommand.self, TemplateUseCommand.self])
}

struct TemplateListCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the templates, by category and name.",
        discussion: "With a tenant also those that its plugins bring along.")

    @Option(help: ArgumentHelp("Whose plugins' templates to list, too.", valueName: "tenant"), transform: TenantID.init(_:))
    var tenant: TenantID?

    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        let tenant = tenant
        try await session.show(.template(.list(tenant))) { TemplateText.list($0, width: width) }
    }
}

struct TemplateShowCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show a template with its parameters.")

    @Argument(help: "The template.", transform: WorkflowID.init(_:))
    var template: WorkflowID

    @Option(help: ArgumentHelp("The plugin that brings it along.", valueName: "plugin"), transform: PluginID.init(_:))
    var plugin: PluginID?

    @Option(help: ArgumentHelp("The tenant whose plugin that is.", valueName: "tenant"), transform: TenantID.init(_:))
    var tenant: TenantID?

    @OptionGroup var client: ClientOptions

    func validate() throws {
        guard (plugin == nil) == (tenant == nil) else { throw ValidationError("--plugin and --tenant go together") }
    }

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        let place = plugin.flatMap { plugin in tenant.map { TemplateRequest.Place(plugin, of: $0) } }
        try await session.show(.template(.show(template, place))) { TemplateText.details($0, width: width) }
    }
}

struct TemplateUseCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "use", abstract: "Save a draft that is made from a template.",
        discussion: "  cloister template use invoice-approval our-invoices --tenant acme --set limit=500 --set 'approvers=[\"admin\"]'")

    @Argument(help: "The template.", transform: WorkflowID.init(_:))
    var template: WorkflowID

    @Argument(help: "What the new workflow is to be called.", transform: WorkflowID.init(_:))
    var workflow: WorkflowID

    @Option(help: ArgumentHelp("The plugin that brings the template along.", valueName: "plugin"), transform: PluginID.init(_:))
    var plugin: PluginID?

    @Option(help: ArgumentHelp("What people call it.", valueName: "text"))
    var name: String?

    @Option(help: ArgumentHelp("A parameter's value, as JSON or as plain text.", valueName: "parameter=value"))
    var set: [String] = []

    @OptionGroup var about: TenantOption
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        var parameters: [String: JSONValue] = [:]
        for setting in set {
            guard let sign = setting.firstIndex(of: "=") else { throw Problem(.invalidInput, "--set: expected parameter=value") }
            let text = String(setting[setting.index(after: sign)...])
            parameters[String(setting[..<sign])] = (try? JSONValue.parse(text)) ?? .string(text)
        }
        let width = session.output.width
        let request = TemplateRequest.use(
            about.tenant, template: template, plugin: plugin, workflow: workflow, name: name, parameters: parameters)
        try await session.show(.template(request)) { WorkflowOutput.details($0, width: width) }
    }
}
