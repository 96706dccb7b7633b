import HTTPTypes
import Model
import Tenancy

extension Routes {
    /// A package is an OCI image layout in a tar, of which the tools that read this document need know nothing.
    static let packageType = "application/octet-stream"

    static let wishes: [Parameter] = [
        .query("consent", .boolean(default: false), "Grant what the manifest asks for"),
        .query("enable", .boolean(default: false), "Enable the plugin once it is installed"),
    ]

    /// When it was given tells one from another where only secrets differ.
    private static let configurationEditing = Editing.shown(by: "plugin/configuration", ["plugin"])

    static let newSigner = Parameter.query(
        "acceptNewSigner", .boolean(default: false), "Take a package that nobody has signed who signed the version in force, or the one that left data")

    static let lifecycle: [Route] = [
        Route(
            .post, "/api/plugins", "plugin/install", "Installs the package that is the body.", .key(writePlugins),
            parameters: wishes + [newSigner], body: .bytes(packageType), reply: .json(.plugin, .created),
            errors: [.conflict, .quotaExceeded, .notFound]
        ) { exchange in try await install("plugin/install", exchange) },
        Route(
            .post, "/api/plugins/{plugin}/update", "plugin/update", "Puts the version in force that is the body's package.",
            .key(writePlugins), parameters: [.plugin] + wishes + [newSigner], body: .bytes(packageType), reply: .json(.plugin),
            errors: [.conflict, .quotaExceeded, .notFound]
        ) { exchange in
            var answer = try await install("plugin/update", exchange)
            answer.status = .ok
            return answer
        },
        .operation(
            .post, "/api/plugins/run", "plugin/run",
            "Runs a plugin from a folder of the daemon's machine, or a bundled one by its name. For those who develop plugins.",
            Access(.pluginsWrite, of: .daemon),
            body: .json(
                InputSchema(
                    .input([
                        .required("tenant", .label()),
                        .required("folder", .string("An absolute path, or a name", length: 1...4095)),
                        .optional("configuration", .anyObject("As the manifest's schema says")),
                    ]))), reply: .json(.plugin, .created), errors: [.notFound, .conflict, .pluginFailed],
            example: ["tenant": "acme", "folder": "exif-metadata"]),
        .operation(
            .post, "/api/plugins/{plugin}/rollback", "plugin/rollback",
            "Puts an earlier version in force; the last one before, without a name.", writePlugins, parameters: [.plugin],
            body: .json(InputSchema(.input([.optional("version", .string(length: 1...100))]), isRequired: false)),
            reply: .json(.plugin), errors: [.notFound, .conflict], example: ["version": "1.2.0"]),
        .operation(
            .post, "/api/plugins/{plugin}/pin", "plugin/pin", "Keeps a plugin at its version, or lets go of it.", writePlugins,
            parameters: [.plugin],
            body: .json(InputSchema(.input([.optional("pinned", .boolean(default: true))]), isRequired: false)),
            reply: .json(.plugin), errors: [.notFound, .conflict], example: ["pinned": true]),
        .operation(
            .post, "/api/plugins/{plugin}/consent", "plugin/consent", "Grants what the manifest asks for.", writePlugins,
            parameters: [.plugin],
            body: .json(
                InputSchema(
                    .input([
                        .optional("version", .string("Consent to nothing but this version", length: 1...128)),
                        .optional("digest", .string("Consent to nothing but this package", length: 1...100)),
                    ]), isRequired: false)), reply: .json(.plugin), errors: [.notFound, .conflict],
            example: ["version": "1.2.0"]),
        .operation(
            .post, "/api/plugins/{plugin}/enable", "plugin/enable", "Lets a plugin work.", writePlugins,
            parameters: [.plugin], reply: .json(.plugin), errors: [.notFound, .conflict, .pluginFailed]),
        .operation(
            .post, "/api/plugins/{plugin}/disable", "plugin/disable", "Takes a plugin out of work; its data stays.",
            writePlugins, parameters: [.plugin], reply: .json(.plugin), errors: [.notFound, .conflict]),
        .operation(
            .get, "/api/plugins/{plugin}/configuration", "plugin/configuration",
            "The configuration as it was given; what the manifest calls a secret is \(JSONSchema.concealed) where there is one.",
            readPlugins, parameters: [.plugin], reply: .json(.pluginConfiguration), errors: [.notFound],
            editing: configurationEditing),
        .operation(
            .put, "/api/plugins/{plugin}/configuration", "plugin/configure",
            "Replaces the configuration. A secret that is given as it is shown stays as it was.", writePlugins,
            parameters: [.plugin],
            body: .json(
                InputSchema(.input([.required("configuration", .anyObject("As the manifest's schema says"))]))),
            reply: .json(.plugin), errors: [.notFound, .conflict, .pluginFailed],
            example: ["configuration": ["language": "en"]], editing: configurationEditing.answeredElsewise()),
        .operation(
            .delete, "/api/plugins/{plugin}", "plugin/uninstall", "Removes a plugin; with purge, its data too.", writePlugins,
            parameters: [.plugin, .purge], reply: .nothing, errors: [.notFound, .conflict], editing: pluginEditing),
    ]

    static func install(_ operation: String, _ exchange: Exchange) async throws -> Answer {
        let tenant = try exchange.tenant()
        let (handle, sha256) = try await exchange.receive(named: "package.tar", for: tenant)
        try await exchange.once(sha256)
        var members: [String: JSONValue] = ["tenant": .string(tenant.rawValue), "document": .string(handle)]
        for name in ["consent", "enable", "acceptNewSigner"] { members[name] = exchange.parameters[name] }
        return .json(try await exchange.perform(operation, members), .created)
    }
}

extension Parameter {
    static let purge = Parameter.query("purge", .boolean(default: false), "Remove the plugin's data too")
}
