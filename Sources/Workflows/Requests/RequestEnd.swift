import Model

/// What came of a request.
package enum RequestEnd: Sendable {
    case answered(ReceivedAnswer)
    /// Nothing of it reached the other side, or nobody can say whether it did.
    case failed(StepError, mayHaveArrived: Bool)
}

/// An answer, of at most so many bytes as a value of a run may have.
package struct ReceivedAnswer: Sendable, Hashable {
    package let status: Int
    package let fields: [PreparedRequest.Field]
    package let body: [UInt8]

    package init(status: Int, fields: [PreparedRequest.Field], body: [UInt8]) {
        self.status = status
        self.fields = fields
        self.body = body
    }
}

extension RequestEnd {
    /// Without a secret that was sent and comes back: whoever reads runs is not whoever keeps secrets.
    package func hiding(_ secret: String?) -> RequestEnd {
        guard case .answered(let answer) = self, let secret, !secret.isEmpty else { return self }
        let fields = answer.fields.map { PreparedRequest.Field(name: $0.name, value: $0.value.replacing(secret, with: Self.hidden)) }
        return .answered(
            ReceivedAnswer(
                status: answer.status, fields: fields,
                body: answer.body.replacing(Array(secret.utf8), with: Array(Self.hidden.utf8))))
    }

    private static let hidden = "[secret]"

    /// What the step came to. An error names where the request went and nothing else of it.
    package func outcome(of action: HTTPAction, to address: RequestAddress) -> PlannerEvent.Outcome {
        switch self {
        case .failed(let error, let mayHaveArrived): mayHaveArrived ? .lost(error) : .failure(error)
        case .answered(let answer): answer.outcome(of: action, to: address)
        }
    }
}

extension ReceivedAnswer {
    fileprivate func outcome(of action: HTTPAction, to address: RequestAddress) -> PlannerEvent.Outcome {
        guard action.succeeds(with: status) else {
            let hint = (300..<400).contains(status) ? " (redirects are not followed: name the address that it leads to)" : ""
            var error = StepError(HTTPStatus(status).code, "\(address.host) answers \(status)\(hint)")
            error.pause = retryAfter
            // A gateway that gave up says nothing of whom it had asked.
            return action.idempotency == .none && [502, 504].contains(status) ? .lost(error) : .failure(error)
        }
        guard let body = value else {
            let type = field("content-type")?.split(separator: ";").first.map { " of type \($0.prefix(80).debugDescription)" } ?? ""
            return unkeepable("\(address.host) answers \(status) with bytes\(type) that are neither JSON nor text", action)
        }
        let output = Payload.inline(
            JSONValue.object(["status": JSONValue(status), "headers": headers, "body": body]).compactText)
        guard output.size <= Payload.limit else {
            return unkeepable("\(address.host) answers \(status) with more than \(ByteSize(bytes: Int64(Payload.limit)))", action)
        }
        return .success(output)
    }

    /// It happened, and what it gave cannot be kept: what must not happen twice is for a person to decide.
    private func unkeepable(_ message: String, _ action: HTTPAction) -> PlannerEvent.Outcome {
        let error = StepError(Problem(.unsupported, message, hint: "have the service give JSON or a smaller part, or call it from a plugin"))
        return action.idempotency == .none ? .lost(error) : .failure(error)
    }

    /// By name in lower case; of those that stand several times the values with commas between them (RFC 9110, section 5.3).
    private var headers: JSONValue {
        var members: [String: String] = [:]
        for field in fields { members[field.name.lowercased(), default: ""] += (members[field.name.lowercased()] == nil ? "" : ", ") + field.value }
        return .object(members.mapValues(JSONValue.string))
    }

    private func field(_ name: String) -> String? { fields.first { $0.name.lowercased() == name }?.value }

    /// The body as JSON where it says that it is and is so, else as text; nil for what is no text.
    private var value: JSONValue? {
        if body.isEmpty { return .null }
        guard !body.contains(0), let text = String(validating: body, as: UTF8.self) else { return nil }
        let type = field("content-type")?.split(separator: ";").first?.lowercased() ?? ""
        if type == "application/json" || type.hasSuffix("+json"), let value = try? JSONValue.parse(text) { return value }
        return .string(text)
    }

    /// `Retry-After` in seconds as milliseconds; its other form, a date, is passed over.
    private var retryAfter: Int64? {
        guard let text = field("retry-after"), (1...7).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else { return nil }
        return Int64(text).map { $0 * 1000 }
    }
}
