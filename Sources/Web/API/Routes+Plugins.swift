import HTTPTypes
import HummingbirdCore
import Model
import NIOCore
import Tenancy

extension Routes {
    static let readPlugins = Access(.pluginsRead, of: .tenant)
    static let writePlugins = Access(.pluginsWrite, of: .tenant)

    /// What is installed, not how it fares.
    static let pluginEditing = Editing.shown(by: "plugin/show", ["plugin"]) {
        $0.only("id", "version", "folder", "digest", "pinned", "releases")
    }
    /// What was granted, not what was used of it.
    private static let permissionEditing = Editing.shown(by: "plugin/permissions", ["plugin"]) {
        $0.only("plugin", "version", "digest", "profile", "consented", "consentedBy", "granted")
    }

    static let plugins: [Route] = [
        Route(
            .get, "/api/plugins", "plugin/list", "The plugins of a tenant, by identifier.", .key(readPlugins), parameters: Page.parameters,
            reply: .json(Page.schema("plugins", of: .plugin)), errors: [.notFound]
        ) { exchange in
            let page = try Page(exchange)
            let members = page.members.merging(["tenant": .string(try exchange.tenant().rawValue)]) { $1 }
            return page.answer("plugins", try await exchange.value("plugin/list", members), exchange)
        },
        .operation(
            .get, "/api/plugins/{plugin}", "plugin/show", "A plugin as a tenant has it.", readPlugins,
            parameters: [.plugin], reply: .json(.plugin), errors: [.notFound], editing: pluginEditing),
        Route(
            .post, "/api/plugins/{plugin}/call", "plugin/call", "Calls a tool; the answer is the tool's output.",
            .key(Access(.pluginsCall, of: .tenant)), parameters: [.plugin],
            body: .json(InputSchema(.call, raw: ["input"])), reply: .json(.any("The output, as the tool's schema says")),
            errors: [.notFound, .conflict, .pluginFailed, .deadlineExceeded],
            example: ["tool": "extract", "input": ["language": "en"], "deadlineMs": 5000]
        ) { exchange in try await call(exchange) },
        Route(
            .get, "/api/plugins/{plugin}/logs", "plugin/logs",
            "What a plugin wrote last. With follow, events of the type text/event-stream until you leave.",
            .key(readPlugins),
            parameters: [
                .plugin, .query("lines", .integer(in: 0...10_000, default: 100), "How many lines at most"),
                .query("follow", .boolean(default: false), "Also what is yet to come"),
            ], reply: .json(.object([.required("lines", .array(of: .logLine))])), errors: [.notFound]
        ) { exchange in try await logs(exchange) },
        .operation(
            .post, "/api/plugins/{plugin}/restart", "plugin/restart", "Starts a plugin anew.", writePlugins,
            parameters: [.plugin], reply: .json(.plugin), errors: [.notFound, .conflict, .pluginFailed]),
        .operation(
            .post, "/api/plugins/{plugin}/stop", "plugin/stop", "Puts a plugin to rest until somebody starts it.", writePlugins,
            parameters: [.plugin], reply: .json(.plugin), errors: [.notFound]),
        .operation(
            .get, "/api/plugins/{plugin}/permissions", "plugin/permissions/show",
            "What a plugin asks for, was granted, and used.", readPlugins, parameters: [.plugin],
            reply: .json(.permissions), errors: [.notFound], editing: permissionEditing, calling: "plugin/permissions"),
        .operation(
            .patch, "/api/plugins/{plugin}/permissions", "plugin/permissions", "Changes what a plugin is granted.", writePlugins,
            parameters: [.plugin], body: .json(InputSchema(.grantChange)), reply: .json(.permissions), errors: [.notFound],
            example: ["shrink": true, "revoke": ["network:connect"]], editing: permissionEditing),
        .operation(
            .post, "/api/plugins/{plugin}/handlers/restore", "hook/restore",
            "Brings handlers back that were set aside after repeated failure.", Access(.hooksWrite, of: .tenant),
            parameters: [.plugin],
            body: .json(
                InputSchema(
                    .input([.optional("handler", .string("One handler; all without it", length: 1...128))]), isRequired: false)),
            reply: .json(.object([.required("restored", .integer("How many there were"))])), example: ["handler": "note"]),
    ]

    private static func call(_ exchange: Exchange) async throws -> Answer {
        let members = try exchange.everything(tenant: true)
        if members["stored"] != nil {
            // Whoever calls with documents reads them.
            try exchange.requester.principal.check(Access(.documentsRead, of: .tenant), on: try exchange.tenant())
        }
        return .json(try await exchange.perform("plugin/call", members, raw: exchange.raw))
    }

    private static func logs(_ exchange: Exchange) async throws -> Answer {
        var members = try exchange.everything(tenant: true)
        members["follow"] = nil
        let lines = LineBox()
        guard exchange.parameters["follow"]?.bool == true else {
            _ = try await exchange.perform("plugin/logs", members) { lines.append($0) }
            return .json(["lines": .array(lines.all)])
        }
        // So that what is wrong with the request is said before the stream begins.
        _ = try await exchange.perform("plugin/logs", members.merging(["lines": 0]) { $1 })
        members["follow"] = true
        // Who comes back is told all that is kept and was not told yet, and not so many lines.
        if exchange.request.headers[.lastEventID].flatMap({ LogPosition($0) }) != nil { members["lines"] = 10_000 }
        return exchange.following("plugin/logs", members)
    }
}
