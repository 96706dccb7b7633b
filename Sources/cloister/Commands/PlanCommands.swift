import ArgumentParser
import Control
import Model

struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "What tenants may use, and what they pay for it.",
        subcommands: [PlanListCommand.self, PlanShowCommand.self, PlanSetCommand.self, PlanDeleteCommand.self])
}

struct PlanListCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the plans.")

    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        try await session.show(.plans(.list)) { PlanText.table($0, width: width) }
    }
}

struct PlanShowCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show a plan.")

    @Argument(help: "The plan.", transform: PlanID.init(_:))
    var plan: PlanID

    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        try await session.show(.plans(.show(plan))) { PlanText.details($0, width: width) }
    }
}

struct PlanSetCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Make a plan from a file, or give one other terms.",
        discussion: """
            Other terms hold for the tenants that have the plan from this hour on.
              cloister plan set basic basic.yaml
            """)

    @Argument(help: "The plan.", transform: PlanID.init(_:))
    var plan: PlanID

    @Argument(help: "The file of its terms, YAML or JSON.", completion: .file(extensions: ["yaml", "yml", "json"]))
    var file: String

    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        let terms = try YAMLNode.load(file: file).value
        try await session.show(.plans(.set(plan, terms))) { PlanText.details($0, width: width) }
    }
}

struct PlanDeleteCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "delete", abstract: "Delete a plan that no tenant has.")

    @Argument(help: "The plan.", transform: PlanID.init(_:))
    var plan: PlanID

    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let plan = plan
        try await session.show(.plans(.delete(plan))) { _ in "deleted: \(plan)\n" }
    }
}

struct TenantPlanCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Show or choose the plan of a tenant.",
        discussion: "With a plan the tenant gets the quota of it; without one it keeps the quota that it has.")

    @Argument(help: "The tenant.", transform: TenantID.init(_:))
    var id: TenantID

    @Option(help: ArgumentHelp("Give it this plan.", valueName: "plan"), transform: PlanID.init(_:))
    var set: PlanID?

    @Flag(help: "Take its plan away.")
    var none = false

    @OptionGroup var client: ClientOptions

    func validate() throws {
        if set != nil, none { throw ValidationError("--set and --none exclude each other") }
    }

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        let request: PlanRequest = set == nil && !none ? .ofTenant(id) : .choose(set, id)
        try await session.show(.plans(request)) { reply in
            guard let plan = reply["plan"], !plan.isNull else { return "no plan\n" }
            return PlanText.details(plan, width: width)
        }
    }
}

struct TenantUsageCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "usage", abstract: "Show how a tenant stands with its plan, and what it used when.")

    @Argument(help: "The tenant.", transform: TenantID.init(_:))
    var id: TenantID

    @Option(help: ArgumentHelp("From this moment on: 2026-11-23, or 2026-11-23T22:24:00Z.", valueName: "moment"))
    var from: String?

    @Option(help: ArgumentHelp("Before this moment.", valueName: "moment"))
    var to: String?

    @Option(help: ArgumentHelp("In parts of a minute, hour, day or month.", valueName: "part"))
    var bucket: String?

    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        let query = UsageQuery(id, from: from, to: to, bucket: bucket)
        try await session.show(.plans(.usage(query))) { PlanText.usage($0, width: width) }
    }
}

struct TenantInvoiceCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "invoice", abstract: "Show what a tenant owes for a month, without tax.",
        discussion: "Of a tenant that is deleted the last invoice is kept.")

    @Argument(help: "The tenant.", transform: TenantID.init(_:))
    var id: TenantID

    @Option(help: ArgumentHelp("The month, as 2026-11; without, the running one.", valueName: "month"))
    var month: String?

    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        try await session.show(.plans(.invoices(id, month: month))) { PlanText.invoices($0, width: width) }
    }
}
