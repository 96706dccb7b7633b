package import Model

/// Why a step failed, as the nodes behind its port `error` see it. No content of a document and no secret is in it.
package struct StepError: Error, Sendable, Hashable {
    /// One of `Problem.Code`, or of those below.
    package var code: String
    package var message: String
    /// Milliseconds for which whoever refused asks to be left alone. Of use at once, and not kept.
    package var pause: Int64?

    /// An expression did not compile or gave nothing.
    package static let expressionCode = "expression"
    /// A node of kind `raise`.
    package static let raisedCode = "raised"
    /// Whether the effect happened is not known.
    package static let unknownCode = "outcomeUnknown"
    /// The daemon died three times while the step ran.
    package static let crashedCode = "crashed"

    /// A later start took the place of a run that had not begun.
    package static let supersededCode = "superseded"

    /// What came back for a request is no answer, or is too long.
    package static let badAnswerCode = "http.badAnswer"
    /// There is no connector of this name.
    package static let noConnectorCode = "noConnector"

    package static let messageLimit = 2000

    package init(_ code: String, _ message: String) {
        self.code = code
        self.message = String(message.prefix(Self.messageLimit))
    }

    package init(_ problem: Problem) {
        self.init(problem.code.rawValue, problem.description)
    }

    static func tooLarge(_ what: String) -> StepError {
        StepError(
            "quotaExceeded",
            "\(what): larger than \(ByteSize(bytes: Int64(Payload.limit))) (keep it as a document and hand its identifier on)")
    }

    package var payload: Payload {
        .inline(JSONValue.object(["code": .string(code), "message": .string(message)]).compactText)
    }
}
