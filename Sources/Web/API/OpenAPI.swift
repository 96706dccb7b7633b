import HTTPTypes
import Model
import Tenancy

/// The API's document, made of the routes that are served: OpenAPI 3.1.
struct OpenAPI {
    private let routes: [Route]

    init(_ routes: [Route]) { self.routes = routes }

    var json: JSONValue {
        var paths: [String: [String: JSONValue]] = [:]
        for route in routes { paths[route.path.description, default: [:]][route.method.rawValue.lowercased()] = operation(route) }
        return [
            "openapi": "3.1.0",
            "info": [
                "title": "Cloister", "version": "1", "summary": "Everything that the daemon does, over HTTP.",
                "license": ["name": "see LICENSE", "identifier": "LicenseRef-Cloister"],
            ],
            "servers": [["url": "/"]], "paths": .object(paths.mapValues(JSONValue.object)),
            "components": [
                "schemas": .object(components),
                "securitySchemes": [
                    "key": ["type": "http", "scheme": "bearer", "description": "An API key: cloister_ENVIRONMENT_…"],
                    "session": [
                        "type": "apiKey", "in": "cookie", "name": .string(SessionCookie.name),
                        "description": "A person's session, from POST /api/login. Changes need X-Form-Token, Sec-Fetch-Site and Origin.",
                    ],
                ],
                "responses": [
                    "Problem": [
                        "description": "The request was refused, or failed.",
                        "content": ["application/problem+json": ["schema": ["$ref": "#/components/schemas/Problem"]]],
                    ],
                    "SCIMError": [
                        "description": "The request was refused, or failed.",
                        "content": ["application/scim+json": ["schema": ["$ref": "#/components/schemas/SCIMError"]]],
                    ],
                ],
            ],
            "security": [["key": []], ["session": []]],
        ]
    }

    private var components: [String: JSONValue] {
        var schemas = [Refusal.schema, SCIM.error]
        for route in routes {
            switch route.body {
            case .json(let input): schemas += input.schema.components
            case .scim(let schema): schemas += schema.components
            case .none, .form, .bytes, .message: break
            }
            switch route.reply.content {
            case .json(let schema), .scim(let schema): schemas += schema.components
            case .nothing, .bytes, .picture, .text: break
            }
        }
        var components: [String: JSONValue] = [:]
        for schema in schemas.flatMap(\.components) {
            guard let name = schema.name else { continue }
            let json = JSONValue.object(schema.members(.document))
            precondition(components[name] == nil || components[name] == json, "two schemas are called \(name)")
            components[name] = json
        }
        return components
    }

    private func operation(_ route: Route) -> JSONValue {
        var members: [String: JSONValue] = [
            "operationId": .string(route.operation), "summary": .string(route.summary), "tags": [.string(Self.tag(route))],
            "responses": .object(responses(route)),
        ]
        var parameters = route.parameters.map(parameter)
        if route.method == .post { parameters.append(Self.idempotencyKey) }
        if route.isEditable, route.method != .get { parameters.append(Self.ifMatch) }
        if !parameters.isEmpty { members["parameters"] = .array(parameters) }
        members["requestBody"] = body(route)
        switch route.access {
        case .everybody: members["security"] = []
        case .person, .page:
            members["security"] = [["session": []]]
            members["description"] = "For a person who is logged in, about the own affairs."
        case .key(let access):
            members["x-scope"] = .string(access.scope.rawValue)
            members["description"] = .string(
                "Scope `\(access.scope.rawValue)`" + (access.reach == .daemon ? ", of a key that is bound to no tenant." : "."))
        }
        return .object(members)
    }

    private func parameter(_ parameter: Parameter) -> JSONValue {
        [
            "name": .string(parameter.name), "in": .string(parameter.place.rawValue), "required": .bool(parameter.isRequired),
            "description": .string(parameter.summary), "schema": parameter.schema.json(.document),
        ]
    }

    private func body(_ route: Route) -> JSONValue? {
        switch route.body {
        case .none, .form: return nil
        case .json(let input):
            var content: [String: JSONValue] = ["schema": input.schema.json(.document)]
            content["example"] = route.example
            return ["required": .bool(input.isRequired), "content": ["application/json": .object(content)]]
        case .scim(let schema):
            var content: [String: JSONValue] = ["schema": schema.json(.document)]
            content["example"] = route.example
            return ["required": true, "content": [SCIM.mediaType: .object(content)]]
        case .message:
            var content: [String: JSONValue] = ["schema": ["description": "Any JSON value"]]
            content["example"] = route.example
            return ["required": true, "content": ["application/json": .object(content)]]
        case .bytes(let type):
            let name = type == "*/*" ? "application/octet-stream" : type
            return ["required": true, "content": [name: ["schema": ["type": "string", "format": "binary"]]]]
        }
    }

    private func responses(_ route: Route) -> [String: JSONValue] {
        let problem: JSONValue = ["$ref": .string("#/components/responses/\(route.isSCIM ? "SCIMError" : "Problem")")]
        var responses: [String: JSONValue] = ["default": problem]
        for status in Self.refusals(route) { responses[String(status)] = problem }
        // Refused before anybody knows what it is about, and so in one form.
        responses["431"] = ["$ref": "#/components/responses/Problem"]
        for (status, why) in route.reply.others where status.kind != .clientError {
            responses[String(status.code)] = ["description": .string(why)]
        }
        var success: [String: JSONValue] = ["description": .string(route.summary)]
        switch route.reply.content {
        case .nothing: break
        case .json(let schema): success["content"] = ["application/json": ["schema": schema.json(.document)]]
        case .scim(let schema): success["content"] = [SCIM.mediaType: ["schema": schema.json(.document)]]
        case .text(let type): success["content"] = [type: ["schema": ["type": "string"]]]
        case .picture: success["content"] = ["image/png": ["schema": ["type": "string", "format": "binary"]]]
        case .bytes: success["content"] = ["*/*": ["schema": ["type": "string", "format": "binary"]]]
        }
        if route.isEditable, route.reply.status != .noContent {
            success["headers"] = ["ETag": ["schema": ["type": "string"], "description": "For If-Match"]]
        }
        responses[String(route.reply.status.code)] = .object(success)
        if case .bytes = route.reply.content { responses["206"] = .object(success) }
        return responses
    }

    /// What this route may refuse a request with.
    private static func refusals(_ route: Route) -> Set<Int> {
        var statuses: Set<Int> = [400, 405, 422, 500, 503]
        switch route.access {
        case .key, .person, .page: statuses.formUnion([401, 403, 429])
        case .everybody: if route.method != .get { statuses.insert(403) }
        }
        switch route.body {
        case .none, .form: break
        case .json, .scim, .message: statuses.formUnion([413, 415])
        case .bytes: statuses.formUnion([411, 413, 415])
        }
        if route.method == .post { statuses.insert(409) }
        if route.isEditable, route.method != .get { statuses.insert(412) }
        statuses.formUnion(route.errors.map(\.status.code))
        statuses.formUnion(route.reply.others.filter { $0.0.kind == .clientError }.map(\.0.code))
        return statuses
    }

    /// The word in the path that says what it is about.
    private static func tag(_ route: Route) -> String {
        if route.isSCIM { return "scim" }
        guard case .literal("api")? = route.path.segments.first, case .literal(let word)? = route.path.segments.dropFirst().first
        else { return "service" }
        return word == "openapi.json" || word == "status" ? "service" : word
    }

    private static let idempotencyKey: JSONValue = [
        "name": "Idempotency-Key", "in": "header", "required": false,
        "description": "Names this attempt: a second request with it gets the first one's answer, for 24 hours.",
        "schema": ["type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[!-~]+$"],
    ]

    private static let ifMatch: JSONValue = [
        "name": "If-Match", "in": "header", "required": false,
        "description": "The ETag that was read: refuses to overwrite what was changed since.", "schema": ["type": "string"],
    ]
}
