import CJQ

/// JSON text inside of a message, which outlives it.
struct JSONText {
    let bytes: UnsafePointer<CChar>
    let count: Int

    /// `string` is not consumed.
    init(_ string: jv) {
        bytes = jv_string_value(string)
        count = Int(jv_string_length_bytes(jv_copy(string)))
    }
}

/// One evaluation as a message has it: `{"program", "input", "variables": {…}, "limit"}`, where input and variables are JSON
/// texts as strings.
struct EvaluationRequest {
    let program: String
    let input: JSONText
    let variables: [(name: String, value: JSONText)]
    let limit: Int

    /// Nil for what the host does not send. The message must be kept for as long as this.
    init?(_ message: Message) {
        guard let program = message["program"]?.string, let input = message["input"]?.text, let limit = message["limit"]?.integer
        else { return nil }
        self.program = program
        self.input = input
        self.limit = limit
        var variables: [(name: String, value: JSONText)] = []
        for (name, value) in message["variables"]?.members ?? [] {
            guard let text = value.text else { return nil }
            variables.append((name, text))
        }
        self.variables = variables
    }
}
