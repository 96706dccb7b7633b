package import Model

/// What came of a request.
package enum RequestEnd: Sendable {
    case answered(ReceivedAnswer)
    /// Nothing of it reached the other side, or nobody can say whether it did.
    case failed(StepError, mayHaveArrived: Bool)
}

/// An answer, of at most `HTTPAction.answerLimit` bytes.
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

    /// What the step came to. A body that is no text, or too large for a run, goes to `keep` as it came, and what refers to it stands
    /// in its place. An error names where the request went and nothing else of it.
    package func outcome(
        of action: HTTPAction, to address: RequestAddress, keeping keep: @Sendable ([UInt8]) async throws(Problem) -> JSONValue
    ) async -> PlannerEvent.Outcome {
        switch self {
        case .failed(let error, let mayHaveArrived): mayHaveArrived ? .lost(error) : .failure(error)
        case .answered(let answer): await answer.outcome(of: action, to: address, keep)
        }
    }
}

extension ReceivedAnswer {
    fileprivate func outcome(of action: HTTPAction, to address: RequestAddress, _ keep: ContentKeeper) async -> PlannerEvent.Outcome {
        guard action.succeeds(with: status) else {
            let hint = (300..<400).contains(status) ? " (redirects are not followed: name the address that it leads to)" : ""
            var error = StepError(HTTPStatus(status).code, "\(address.host) answers \(status)\(hint)")
            error.pause = retryAfter
            // A gateway that gave up says nothing of whom it had asked.
            return action.idempotency == .none && [502, 504].contains(status) ? .lost(error) : .failure(error)
        }
        if let body = value, let output = output(body) { return .success(output) }
        let reference: JSONValue
        do throws(Problem) {
            reference = try await keep(body)
        } catch {
            let kept = "\(address.host) answers \(status) with \(ByteSize(bytes: Int64(body.count))) that cannot be kept: \(error)"
            return unkeepable(StepError(error.code.rawValue, kept), action)
        }
        guard let output = output(reference) else {
            let message = "\(address.host) answers \(status) with headers of more than \(ByteSize(bytes: Int64(Payload.limit)))"
            return unkeepable(StepError(Problem(.unsupported, message, hint: "call the service from a plugin")), action)
        }
        return .success(output)
    }

    /// Nil where it is larger than a value of a run may be.
    private func output(_ body: JSONValue) -> Payload? {
        let output = Payload.inline(JSONValue.object(["status": JSONValue(status), "headers": headers, "body": body]).compactText)
        return output.size <= Payload.limit ? output : nil
    }

    /// It happened, and what it gave cannot be kept: what must not happen twice is for a person to decide.
    private func unkeepable(_ error: StepError, _ action: HTTPAction) -> PlannerEvent.Outcome {
        action.idempotency == .none ? .lost(error) : .failure(error)
    }

    /// By name in lower case; of those that stand several times the values with commas between them (RFC 9110, section 5.3).
    private var headers: JSONValue {
        var members: [String: String] = [:]
        for field in fields { members[field.name.lowercased(), default: ""] += (members[field.name.lowercased()] == nil ? "" : ", ") + field.value }
        return .object(members.mapValues(JSONValue.string))
    }

    private func field(_ name: String) -> String? { fields.first { $0.name.lowercased() == name }?.value }

    /// The body as JSON where it says that it is and is so, else as text; nil for what is no text or too large.
    private var value: JSONValue? {
        if body.isEmpty { return .null }
        guard body.count <= Payload.limit, !body.contains(0), let text = String(validating: body, as: UTF8.self) else { return nil }
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
