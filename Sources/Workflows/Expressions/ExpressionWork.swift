package import Model

/// What a worker is asked in one message, and how its answer is read: `cloister/1` with methods of its own.
package struct ExpressionWork: Sendable {
    /// Bytes of one item as it is sent; more are a fault.
    package static let itemBytes = 4 << 20
    /// Bytes of one program.
    package static let programBytes = 64 << 10
    private static let messageBytes = 3 << 20
    private static let messageItems = 64

    package let method: String
    private let items: [JSONValue]
    /// Why an item is not sent at all.
    private let refusals: [ExpressionFault?]
    private let sizes: [Int]
    private let shared: [String: JSONValue]
    private let member: String

    package init(_ evaluations: [Evaluation]) {
        method = "evaluate"
        member = "evaluations"
        shared = [:]
        items = evaluations.map { evaluation in
            [
                "program": .string(evaluation.program), "input": .string(evaluation.input),
                "variables": .object(evaluation.variables.mapValues { .string($0) }), "limit": JSONValue(evaluation.limit),
            ]
        }
        sizes = evaluations.map { evaluation in
            evaluation.variables.reduce(Self.size(evaluation.program) + Self.size(evaluation.input)) {
                $0 + Self.size($1.key) + Self.size($1.value)
            }
        }
        refusals = zip(evaluations, sizes).map { Self.refusal($0.program, $1) }
    }

    /// Compiling alone.
    package init(checking programs: [String], variables: [String]) {
        method = "check"
        member = "programs"
        shared = ["variables": .array(variables.map { .string($0) })]
        items = programs.map { .string($0) }
        sizes = programs.map { Self.size($0) }
        refusals = zip(programs, sizes).map { Self.refusal($0, $1) }
    }

    package var count: Int { items.count }

    /// Why the item is refused before anybody works on it.
    package func refusal(of item: Int) -> ExpressionFault? { refusals[item] }

    /// The items from `start` on that go into one message: at least one, none that is refused.
    package func batch(from start: Int, alone: Bool) -> Range<Int> {
        var (end, bytes) = (start, 0)
        while end < items.count, end - start < (alone ? 1 : Self.messageItems), refusals[end] == nil {
            bytes += sizes[end]
            guard end == start || bytes <= Self.messageBytes else { break }
            end += 1
        }
        return start..<end
    }

    package func parameters(_ range: Range<Int>) -> JSONValue {
        .object(shared.merging([member: .array(Array(items[range]))]) { $1 })
    }

    private static func refusal(_ program: String, _ size: Int) -> ExpressionFault? {
        if program.utf8.count > programBytes {
            return ExpressionFault(.limit, "the program has more than \(programBytes >> 10) KiB")
        }
        guard size > itemBytes else { return nil }
        return ExpressionFault(.limit, "the input and the variables have more than \(itemBytes >> 20) MiB as they are sent")
    }

    /// As a JSON string; what a control character takes is not looked at closely.
    private static func size(_ text: String) -> Int {
        text.utf8.reduce(16) { size, byte in
            size + (byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") ? 2 : byte < 0x20 ? 6 : 1)
        }
    }
}

/// What a worker answered. It may have been taken over by a program, so nothing of it is believed.
package struct ExpressionAnswer: Sendable {
    /// Of the first items of the message, in their order; fewer than were asked for where time was up.
    package let results: [Result<[String], ExpressionFault>]
    /// It answered last with a fault that has ended it.
    package let hasEnded: Bool

    /// Throws `pluginFailed` for what is no answer to `count` items.
    package init(_ bytes: [UInt8], to count: Int) throws(Problem) {
        let broken = Problem(.pluginFailed, "an answer of a worker that is none")
        guard let value = try? JSONValue.parse(bytes, as: "answer"), let given = value["results"]?.array, !given.isEmpty,
            given.count <= count
        else { throw broken }
        var results: [Result<[String], ExpressionFault>] = []
        for result in given {
            guard let result = Self.result(result) else { throw broken }
            results.append(result)
        }
        self.results = results
        hasEnded = value["ended"]?.bool ?? false
    }

    private static func result(_ value: JSONValue) -> Result<[String], ExpressionFault>? {
        if let fault = value["fault"] {
            guard let kind = fault["kind"]?.string.flatMap(ExpressionFault.Kind.init), let message = fault["message"]?.string
            else { return nil }
            return .failure(
                ExpressionFault(
                    kind, String(message.unicodeScalars.prefix(4000)), line: fault["line"]?.integer.map { Int($0) },
                    column: fault["column"]?.integer.map { Int($0) }))
        }
        // A check has no values.
        guard let values = value["values"] else { return value.object == nil ? nil : .success([]) }
        var texts: [String] = []
        for value in values.array ?? [] {
            guard let text = value.string, isJSON(text) else { return nil }
            texts.append(text)
        }
        return values.array == nil ? nil : .success(texts)
    }

    private static func isJSON(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            var scanner = JSONScanner(UnsafeRawBufferPointer(bytes))
            return (try? scanner.wholeValue()) != nil
        }
    }
}
