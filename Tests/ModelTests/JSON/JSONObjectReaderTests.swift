import Testing

@testable import Model

struct JSONObjectReaderTests {
    @Test func `members are read by name and kind, null as absent`() throws {
        var reader = try JSONObjectReader(["s": "x", "i": 3.0, "n": 1, "b": true, "null": nil])
        #expect(try reader.string("s") == "x")
        #expect(try reader.optionalInteger("i") == 3)
        #expect(try reader.optionalNumber("n") == 1)
        #expect(try reader.optionalBool("b") == true)
        #expect(try reader.optionalString("null") == nil)
        #expect(reader.take("none") == nil)
        try reader.finish()
    }

    @Test func `what is missing, of another kind or unknown is named by its pointer`() throws {
        func message(_ value: JSONValue, _ body: (inout JSONObjectReader) throws(Problem) -> Void) -> String? {
            let error = #expect(throws: Problem.self) {
                var reader = try JSONObjectReader(value, at: "/params")
                try body(&reader)
            }
            #expect(error?.code == .invalidInput)
            return error?.message
        }
        #expect(message(3) { (_) throws(Problem) in } == "/params: expected object, found integer")
        #expect(message([:]) { (reader) throws(Problem) in _ = try reader.required("a") } == "/params/a: missing")
        #expect(message(["a": nil]) { (reader) throws(Problem) in _ = try reader.string("a") } == "/params/a: missing")
        #expect(
            message(["a": 1]) { (reader) throws(Problem) in _ = try reader.string("a") }
                == "/params/a: expected string, found integer")
        #expect(
            message(["a": "1"]) { (reader) throws(Problem) in _ = try reader.optionalInteger("a") }
                == "/params/a: expected integer, found string")
        #expect(
            message(["a": []]) { (reader) throws(Problem) in _ = try reader.optionalNumber("a") }
                == "/params/a: expected number, found array")
        #expect(
            message(["a": 0]) { (reader) throws(Problem) in _ = try reader.optionalBool("a") }
                == "/params/a: expected boolean, found integer")
        #expect(
            message(["a": 0, "z": 1]) { (reader) throws(Problem) in try reader.finish() } == "/params/a: unknown member"
        )
    }
}
