import CJQ

/// Runs programs over inputs.
struct Evaluator {
    /// Bytes of all values of one evaluation, as they are sent.
    static let outputBytes = 4 << 20
    private static let messageCharacters = 1000

    var cache = ProgramCache(capacity: 64)

    mutating func check(_ text: String, variables: [String]) -> Fault? {
        do throws(Fault) {
            _ = try cache.program(text, variables: variables.sorted())
            return nil
        } catch {
            return error
        }
    }

    /// Appends `{"values":[…]}` with the JSON texts as strings. Where it throws, `result` holds nothing of use.
    mutating func evaluate(_ request: EvaluationRequest, into result: inout cjq_text) throws(Fault) {
        let variables = request.variables.sorted { $0.name < $1.name }
        let program = try cache.program(request.program, variables: variables.map(\.name))
        let first = try Self.read(request.input, "the input")
        var input = jv_array_append(jv_array(), first)
        for variable in variables {
            do throws(Fault) {
                input = jv_array_append(input, try Self.read(variable.value, "variable $\(variable.name)"))
            } catch {
                jv_free(input)
                throw error
            }
        }
        jq_start(program.state, input, 0)
        // What a program that was left in the middle holds is given back.
        defer { jq_start(program.state, jv_null(), 0) }
        try Self.collect(from: program.state, limit: request.limit, into: &result)
    }

    private static func read(_ text: JSONText, _ what: String) throws(Fault) -> jv {
        var value = jv()
        switch cjq_read(text.bytes, text.count, &value) {
        case CJQ_OK: return value
        case CJQ_TOO_DEEP: throw Fault(.limit, "\(what) is nested deeper than \(CJQ_DEPTH) levels")
        default: throw Fault(.evaluation, "\(what) is not JSON")
        }
    }

    private static func collect(from state: OpaquePointer, limit: Int, into result: inout cjq_text) throws(Fault) {
        var text = cjq_text()
        defer { text.release() }
        result.append("{\"values\":[")
        var count = 0
        while true {
            let value = jq_next(state)
            guard jv_is_valid(value) != 0 else {
                try end(state, value)
                break
            }
            defer { jv_free(value) }
            guard count < limit else {
                throw Fault(.limit, "the program gives more than \(limit == 1 ? "one value" : "\(limit) values")")
            }
            text.clear()
            switch cjq_write(value, &text, outputBytes) {
            case CJQ_OK: break
            case CJQ_TOO_DEEP: throw Fault(.limit, "the program gives a value nested deeper than \(CJQ_DEPTH) levels")
            default: throw tooLarge
            }
            if count > 0 { result.append(",") }
            result.append(quoted: text)
            guard result.count <= outputBytes else { throw tooLarge }
            count += 1
        }
        result.append("]}")
    }

    private static var tooLarge: Fault { Fault(.limit, "the program gives more than \(outputBytes >> 20) MiB") }

    /// Why there is no further value; throws unless there simply is none. Consumes `last`.
    private static func end(_ state: OpaquePointer, _ last: jv) throws(Fault) {
        if jq_halted(state) != 0 {
            jv_free(last)
            let message = jq_get_error_message(state)
            defer { jv_free(message) }
            // `halt` has none.
            guard jv_is_valid(message) != 0 else { return }
            throw Fault(.evaluation, words(message))
        }
        guard jv_invalid_has_msg(jv_copy(last)) != 0 else { return jv_free(last) }
        let message = jv_invalid_get_msg(last)
        defer { jv_free(message) }
        throw Fault(.evaluation, words(message))
    }

    private static func words(_ message: jv) -> String {
        if jv_get_kind(message) == JV_KIND_STRING { return short(String(jv: message)) }
        var text = cjq_text()
        defer { text.release() }
        guard cjq_write(message, &text, outputBytes) == CJQ_OK else { return "an error that is too large to show" }
        return short(String(decoding: UnsafeRawBufferPointer(start: text.bytes, count: text.count), as: UTF8.self))
    }

    private static func short(_ text: String) -> String {
        let scalars = text.unicodeScalars
        guard scalars.count > messageCharacters else { return text }
        return String(String.UnicodeScalarView(scalars.prefix(messageCharacters))) + "…"
    }
}
