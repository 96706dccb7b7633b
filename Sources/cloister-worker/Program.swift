import CJQ

/// A compiled program. Its input is an array: what the program sees as `.`, then the values of its variables.
final class Program {
    let state: OpaquePointer

    /// `variables` are names without `$`, in the order of their values.
    init(_ text: String, variables: [String]) throws(Fault) {
        guard !text.utf8.contains(0) else { throw Fault(.syntax, "the program holds a character U+0000") }
        for name in variables { try Self.check(name) }
        guard let state = jq_init() else { throw Fault(.limit, "the program ran out of memory") }
        let prefix = Self.prefix(variables)
        let source = prefix + (Self.isBlank(text) ? "." : text)
        let messages = Messages()
        jq_set_error_cb(state, { context, message in
            Unmanaged<Messages>.fromOpaque(context!).takeUnretainedValue().take(message)
        }, Unmanaged.passUnretained(messages).toOpaque())
        let isCompiled = withExtendedLifetime(messages) { jq_compile(state, source) != 0 }
        jq_set_error_cb(state, { _, message in jv_free(message) }, nil)
        guard isCompiled else {
            var lost: OpaquePointer? = state
            jq_teardown(&lost)
            throw CompileMessage.fault(
                messages.first ?? "the program does not compile", source: Array(source.utf8), prefix: prefix.utf8.count)
        }
        self.state = state
    }

    deinit {
        var lost: OpaquePointer? = state
        jq_teardown(&lost)
    }

    /// Whether there is nothing but white space and comments: as jq has it, such a program gives what it gets.
    private static func isBlank(_ text: String) -> Bool {
        var isComment = false
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\n"): isComment = false
            case UInt8(ascii: "#"): isComment = true
            case 0x20, 0x09...0x0D: continue
            default: if !isComment { return false }
            }
        }
        return true
    }

    /// On one line, so that lines are those of the program. What would read or write something else than the input, or
    /// asks how jq was called, is defined anew.
    private static func prefix(_ variables: [String]) -> String {
        let bindings = variables.enumerated().map { ".[\($0.offset + 1)] as $\($0.element) | " }.joined()
        return definitions + bindings + ".[0] | "
    }

    private static let definitions = """
        def input: error("an expression has no further input"); def inputs: empty; def debug: .; def stderr: .; \
        def input_filename: null; def input_line_number: 0; def get_search_list: []; \
        def modulemeta: error("an expression has no modules"); 
        """

    private static let words: Set<String> = [
        "__loc__", "and", "as", "break", "catch", "def", "elif", "else", "end", "foreach", "if", "import", "include", "label",
        "module", "or", "reduce", "then", "try",
    ]

    private static func check(_ name: String) throws(Fault) {
        let bytes = name.utf8
        let isName = !bytes.isEmpty && bytes.count <= 128 && !(0x30...0x39).contains(bytes.first!)
            && bytes.allSatisfy { byte in
                byte == 0x5F || (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            }
        guard isName, !words.contains(name) else {
            throw Fault(.syntax, "not the name of a variable: $\(String(name.unicodeScalars.prefix(80)))")
        }
    }
}

/// What libjq says while it compiles; the first message names the cause.
private final class Messages {
    private(set) var first: String?

    func take(_ message: jv) {
        let text = jq_format_error(message)
        if first == nil { first = String(jv: text) }
        jv_free(text)
    }
}

extension String {
    /// The content of a jv that is a string, which is not consumed.
    init(jv string: jv) {
        let count = Int(jv_string_length_bytes(jv_copy(string)))
        self = UnsafeRawBufferPointer(start: jv_string_value(string), count: count).withMemoryRebound(to: UInt8.self) {
            String(decoding: $0, as: UTF8.self)
        }
    }
}
