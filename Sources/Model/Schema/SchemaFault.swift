/// What is wrong with a schema, and where in it.
package struct SchemaFault: Sendable, Hashable, CustomStringConvertible {
    package let pointer: JSONPointer
    package let message: String
    package let hint: String?

    init(_ pointer: JSONPointer, _ message: String, hint: String? = nil) {
        self.pointer = pointer
        self.message = message
        self.hint = hint
    }

    package var description: String { "\(pointer.place): \(message)" + (hint.map { " (\($0))" } ?? "") }
}

/// Everything that is wrong with one schema. Never empty.
package struct SchemaFaults: Error, Sendable, Hashable {
    package let faults: [SchemaFault]

    package func problem(_ subject: String) -> Problem {
        var list = ProblemList()
        for fault in faults {
            list.add(Problem(.invalidInput, "\(subject): \(fault.pointer.place): \(fault.message)", hint: fault.hint))
        }
        do throws(Problem) {
            try list.finish()
            return Problem(.invalidInput, "\(subject): not a schema")
        } catch {
            return error
        }
    }
}

/// What is wrong with a value, and where in it. Quotes the schema, never the value.
package struct SchemaViolation: Sendable, Hashable, CustomStringConvertible {
    package let pointer: JSONPointer
    package let message: String
    package let hint: String?

    package var description: String { "\(pointer.place): \(message)" + (hint.map { " (\($0))" } ?? "") }
}
