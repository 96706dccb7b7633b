import Model

/// One call of a plugin with what it must come to: an entry of a file in the plugin's folder `fixtures`.
struct Fixture: Sendable {
    enum Call: Sendable {
        /// `documents` are files by the property that they fill.
        case tool(name: String, input: JSONValue, documents: [String: String])
        case hook(event: String, handler: String, isFilter: Bool, value: JSONValue, context: JSONValue)
    }

    enum Outcome: String, Sendable { case output, value, error }

    let name: String
    let place: YAMLPlace
    let configuration: JSONValue
    let call: Call
    /// What is expected, and of what kind of answer.
    let outcome: Outcome
    let pattern: JSONValue
}

extension Fixture {
    /// The names of errors as the protocol's table has them.
    static let errorNames: [Problem.Code: String] = [
        .permissionDenied: "permission denied", .quotaExceeded: "quota exceeded", .deadlineExceeded: "deadline exceeded",
        .cancelled: "cancelled", .invalidConfiguration: "invalid configuration", .notFound: "not found",
        .conflict: "conflict", .shuttingDown: "shutting down", .retryLater: "retry later",
        .pluginFailed: "plugin failed", .unsupported: "unsupported", .unreachable: "unreachable",
        .invalidInput: "invalid parameters", .internalFault: "internal error",
    ]

    /// An error as fixtures describe it.
    static func json(_ problem: Problem) -> JSONValue {
        var members: [String: JSONValue] = [
            "code": .string(errorNames[problem.code] ?? problem.code.rawValue), "message": .string(problem.message),
        ]
        if let hint = problem.hint { members["hint"] = .string(hint) }
        return .object(members)
    }
}
