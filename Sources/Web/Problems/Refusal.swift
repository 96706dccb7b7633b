import HTTPTypes
import Model
import Tenancy

/// A request that ends here, with the document that says why (RFC 9457).
struct Refusal: CodedFailure, Sendable {
    var status: HTTPResponse.Status
    /// Stable: clients decide on it. `Problem.Code` where the house has one, else a word of HTTP's own.
    var code: String
    var detail: String
    var hint: String?
    var faults: [Fault] = []
    var headers = HTTPFields()
    /// The rates that the request was beyond.
    var violatedPolicies: [String] = []
    /// The last segment of a type that IANA registers, where there is one for it; else it is made of the code.
    var registeredType: String?
    /// What SCIM calls it, where it has a word for it.
    var scimType: String?
    /// Where an upload stands, and where the request had it.
    var offsets: (expected: Int64, provided: Int64)?

    init(
        _ status: HTTPResponse.Status, _ code: String, _ detail: String, hint: String? = nil, faults: [Fault] = [],
        headers: HTTPFields = HTTPFields()
    ) {
        self.status = status
        self.code = code
        self.detail = detail
        self.hint = hint
        self.faults = faults
        self.headers = headers
    }

    func document(request id: String) -> JSONValue {
        var members: [String: JSONValue] = [
            "type": .string("urn:cloister:problem:\(code)"), "title": .string(status.reasonPhrase),
            "status": JSONValue(status.code), "detail": .string(detail), "code": .string(code), "requestId": .string(id),
        ]
        members["hint"] = hint.map(JSONValue.string)
        if !violatedPolicies.isEmpty {
            members["type"] = "https://iana.org/assignments/http-problem-types#quota-exceeded"
            members["violated-policies"] = .array(violatedPolicies.map(JSONValue.string))
        }
        if let registeredType { members["type"] = .string("https://iana.org/assignments/http-problem-types#\(registeredType)") }
        if let offsets {
            members["expected-offset"] = .integer(offsets.expected)
            members["provided-offset"] = .integer(offsets.provided)
        }
        if !faults.isEmpty { members["errors"] = .array(faults.map(\.json)) }
        return .object(members)
    }

    static let schema = Schema.object(
        "Problem",
        [
            .required("type", .string("Names the kind of problem", format: "uri")), .required("title", .string()),
            .required("status", .integer()), .required("detail", .string("What is wrong, for people")),
            .required("code", .string("What is wrong, for programs: never renamed")), .required("requestId", .string()),
            .optional("hint", .string("What can be done about it")),
            .optional("violated-policies", .array(of: .string(), "The rates that the request was beyond")),
            .optional("expected-offset", .integer("Where the upload stands")),
            .optional("provided-offset", .integer("Where the request had it")),
            .optional(
                "errors",
                .array(
                    of: .object([
                        .required("detail", .string()), .optional("hint", .string()),
                        .optional("pointer", .string("The place in the body, a JSON pointer")),
                        .optional("parameter", .string("The parameter of the path or the query")),
                        .optional("header", .string("The header")),
                    ]))),
        ], "A problem, as in RFC 9457")
}
