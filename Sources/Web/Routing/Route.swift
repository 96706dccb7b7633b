import HTTPTypes
import Model
import NIOCore
import Tenancy

/// A route, declared once: what serves the requests, and what the API's document says of it.
struct Route: Sendable {
    enum Guard: Sendable, Hashable {
        /// Whoever reaches the server.
        case everybody
        case key(Access)
        /// Whoever is logged in, about the own affairs; no key.
        case person
        /// The same on a page: whoever is not is led to the login, and the token of a form stands in the form.
        case page
    }

    let method: HTTPRequest.Method
    let path: PathTemplate
    /// Unique. The operation of the control socket where there is one.
    let operation: String
    let summary: String
    let access: Guard
    let parameters: [Parameter]
    let body: RequestBody
    let reply: Reply
    /// What is refused beyond that which any request may be.
    let errors: [Problem.Code]
    /// A request's body, for people.
    let example: JSONValue?
    /// Whether it asks for If-Match to change what another may have changed, and answers with an ETag.
    let isEditable: Bool
    /// What it shows or edits, where that is seen to here and not by the handler.
    let editing: Editing?
    /// Whether the answer holds something that must not be kept to be given a second time.
    let isConfidential: Bool
    /// Whether parameters that are not declared are passed over, as where others write the address.
    let isLenient: Bool
    /// Whether its path has what opens something to whoever reads it: no log has it, and no page that it leads to is told.
    let hasSecretPath: Bool
    let handler: @Sendable (Exchange) async throws -> Answer

    init(
        _ method: HTTPRequest.Method, _ path: PathTemplate, _ operation: String, _ summary: String, _ access: Guard,
        parameters: [Parameter] = [], body: RequestBody = .none, reply: Reply, errors: [Problem.Code] = [],
        example: JSONValue? = nil, isEditable: Bool = false, editing: Editing? = nil, isConfidential: Bool = false,
        isLenient: Bool = false, hasSecretPath: Bool = false, handler: @escaping @Sendable (Exchange) async throws -> Answer
    ) {
        self.method = method
        self.path = path
        self.operation = operation
        self.summary = summary
        self.access = access
        self.parameters = access.parameters + parameters
        self.body = body
        self.reply = reply
        self.errors = errors
        self.example = example
        self.isEditable = isEditable || editing != nil
        self.editing = editing
        self.isConfidential = isConfidential
        self.isLenient = isLenient
        self.hasSecretPath = hasSecretPath
        self.handler = handler
        precondition(
            Set(path.parameters) == Set(self.parameters.filter { $0.place == .path }.map(\.name)),
            "parameters of \(path) are not those that are declared")
    }

    /// Whether it is about the own affairs of whoever is logged in.
    var isOwn: Bool { access == .person || access == .page }

    /// Whether it speaks the language of directories, problems included.
    var isSCIM: Bool { SCIM.isMeant(path.description) }

    /// The parameter that names the tenant it is about.
    var tenantParameter: String { path.description.hasPrefix("/api/tenants/{id}") ? "id" : "tenant" }

    /// What a request may bring along.
    enum RequestBody: Sendable {
        case none
        /// One JSON object.
        case json(InputSchema)
        /// The fields of a page's form; those that are left out are as if they were empty.
        case form([String])
        /// Bytes of a length that is announced, read as they come.
        case bytes(String)
        /// Bytes that are read as a whole, up to `API.messageLimit`, for the route to look into.
        case message
        /// A resource of SCIM, which reads it by its own schemas.
        case scim(Schema)
    }

    struct Reply: Sendable {
        enum Content: Sendable {
            case nothing
            case json(Schema)
            case scim(Schema)
            case bytes
            /// A PNG picture.
            case picture
            /// In the named media type.
            case text(String)
        }

        let status: HTTPResponse.Status
        let content: Content
        /// Others that are no refusal, with why.
        var others: [(HTTPResponse.Status, String)] = []

        static func json(_ schema: Schema, _ status: HTTPResponse.Status = .ok) -> Reply {
            Reply(status: status, content: .json(schema))
        }

        static func scim(_ schema: Schema, _ status: HTTPResponse.Status = .ok) -> Reply {
            Reply(status: status, content: .scim(schema))
        }

        static let nothing = Reply(status: .noContent, content: .nothing)
    }
}

extension Route.Guard {
    /// Who is bound to a tenant need not name it.
    fileprivate var parameters: [Parameter] {
        guard case .key(let access) = self, access.reach == .tenant else { return [] }
        return [
            .query("tenant", .label(), "The tenant; may be left out with a key that is bound to one")
        ]
    }
}

/// The schema of a body, ready to check one.
struct InputSchema: Sendable {
    let schema: Schema
    /// Members that the daemon only passes on: they stay the bytes that came.
    let raw: Set<String>
    let isRequired: Bool
    let check: JSONSchema

    init(_ schema: Schema, raw: Set<String> = [], isRequired: Bool = true) {
        self.schema = schema
        self.raw = raw
        self.isRequired = isRequired
        check = schema.compiled()
    }
}

extension Schema {
    static let labelPattern = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"

    static func label(_ summary: String? = nil) -> Schema { .string(summary, length: 1...63, pattern: labelPattern) }
}
