package import Model

/// A jq program and what it may see.
package struct Evaluation: Sendable, Hashable {
    /// In the language of jq 1.6.
    package var program: String
    /// JSON text that the program gets as `.`.
    package var input: String
    /// JSON text of each variable, by its name without `$`.
    package var variables: [String: String]
    /// Values that the program may give; more of them are a fault.
    package var limit: Int

    package init(_ program: String, input: String, variables: [String: String] = [:], limit: Int = 1) {
        self.program = program
        self.input = input
        self.variables = variables
        self.limit = limit
    }
}

/// Why a program gave no values. It quotes no input.
package struct ExpressionFault: Error, Sendable, Hashable {
    package enum Kind: String, Sendable {
        /// The program does not compile.
        case syntax
        /// The program ended with an error of its own.
        case evaluation
        /// Time, memory or the size of what it gave ran out.
        case limit
    }

    package var kind: Kind
    package var message: String
    /// Of the program as it was written, both from 1.
    package var line: Int?
    package var column: Int?

    package init(_ kind: Kind, _ message: String, line: Int? = nil, column: Int? = nil) {
        self.kind = kind
        self.message = message
        self.line = line
        self.column = column
    }
}

/// What evaluates the expressions of workflows. A program can loop for ever, take all memory or break the interpreter: an
/// evaluator ends that evaluation alone and says so.
package protocol ExpressionEvaluator: Sendable {
    /// The JSON texts that each program gives, in the order of `evaluations`. Whole numbers keep every digit.
    func evaluate(
        _ evaluations: [Evaluation], for tenant: TenantID
    ) async throws(Problem) -> [Result<[String], ExpressionFault>]

    /// What keeps each program from compiling where `variables` are known; nil where it compiles.
    func check(
        _ programs: [String], variables: [String], for tenant: TenantID
    ) async throws(Problem) -> [ExpressionFault?]
}
