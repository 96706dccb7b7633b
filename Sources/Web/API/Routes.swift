import HTTPTypes
import Model
import Tenancy

enum Routes {
    /// The API.
    static let all: [Route] =
        service + tenants + backups + keys + people + logins + audit + plugins + lifecycle + marketplace + documents + secrets + hooks + whitelabel
        + plans + uploads + notifications + webhooks + scim + workflows + links + runs + inbound + identityProviders

    /// With what is for people and not part of the API.
    static let served: [Route] = all + pages + signInPages + recoveryPages + accountPages
}

extension Route {
    /// An operation of the control socket under the same name, unless `called` says otherwise: what the request says are
    /// its parameters, what it answers is the answer.
    static func operation(
        _ method: HTTPRequest.Method, _ path: PathTemplate, _ operation: String, _ summary: String, _ access: Access,
        parameters: [Parameter] = [], body: RequestBody = .none, reply: Reply, errors: [Problem.Code] = [],
        example: JSONValue? = nil, editing: Editing? = nil, calling called: String? = nil
    ) -> Route {
        Route(
            method, path, operation, summary, .key(access), parameters: parameters, body: body, reply: reply, errors: errors,
            example: example, editing: editing
        ) { exchange in
            let members = try exchange.everything(tenant: access.reach == .tenant)
            let bytes = try await exchange.perform(called ?? operation, members, raw: exchange.raw)
            return reply.status == .noContent ? .nothing : .json(bytes, reply.status)
        }
    }
}

extension Parameter {
    static let plugin = Parameter.path("plugin", .label(), "The plugin")
    static let document = Parameter.path("document", .label(), "The document")
    static let upload = Parameter.path("upload", .label(), "The upload")
}
