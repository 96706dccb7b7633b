import HTTPTypes
import Model
import Tenancy

extension Routes {
    private static let read = Access(.secretsRead, of: .tenant)
    private static let write = Access(.secretsWrite, of: .tenant)
    private static let name = Parameter.path("name", .string(length: 1...128, pattern: "^[A-Za-z0-9._-]+$"), "The secret")

    /// When it was set, and not what it is.
    private static let editing = Editing.shown(by: "secret/show", ["name"])

    static let secrets: [Route] = [
        Route(
            .get, "/api/secrets", "secret/list", "The names of a tenant's secrets, never their values.",
            .key(read), parameters: Page.parameters,
            reply: .json(Page.schema("secrets", of: .secret)), errors: [.notFound]
        ) { exchange in
            let page = try Page(exchange)
            let members = page.members.merging(["tenant": .string(try exchange.tenant().rawValue)]) { $1 }
            return page.answer("secrets", try await exchange.value("secret/list", members), exchange)
        },
        .operation(
            .get, "/api/secrets/{name}", "secret/show", "What is known about a secret, never its value.", read, parameters: [name],
            reply: .json(.secret), errors: [.notFound], editing: editing),
        .operation(
            .put, "/api/secrets/{name}", "secret/set", "Keeps a secret; it can be replaced, but not read. Workflows send it to the hosts that are named.", write,
            parameters: [name],
            body: .json(
                InputSchema(
                    .input([
                        .required("value", .string(length: 1...65_536)),
                        .optional("hosts", .array(of: .string(length: 1...255), "Hosts, or *.domain; where none is named, as before", limit: 20)),
                    ]))), reply: .nothing, errors: [.notFound],
            example: ["value": "correct horse battery staple", "hosts": ["api.crm.example"]], editing: editing),
        .operation(
            .delete, "/api/secrets/{name}", "secret/delete", "Deletes a secret.", write, parameters: [name], reply: .nothing,
            errors: [.notFound], editing: editing),
    ]
}
