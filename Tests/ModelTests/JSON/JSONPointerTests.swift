import Testing

@testable import Model

struct JSONPointerTests {
    /// The examples of RFC 6901, section 5.
    static let document: JSONValue = [
        "foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "e^f": 3, "i\\j": 5, " ": 7, "m~n": 8,
    ]

    @Test func `a pointer finds what RFC 6901 says`() {
        let expected: [(String, JSONValue?)] = [
            ("", Self.document), ("/foo", ["bar", "baz"]), ("/foo/0", "bar"), ("/", 0), ("/a~1b", 1), ("/c%d", 2),
            ("/e^f", 3),
            ("/i\\j", 5), ("/ ", 7), ("/m~0n", 8), ("/foo/2", nil), ("/foo/-", nil), ("/foo/00", nil), ("/foo/+1", nil),
            ("/x", nil),
            ("foo", nil), ("/m~2n", nil), ("/m~", nil), ("/foo/0/x", nil),
        ]
        for (text, value) in expected { #expect(JSONPointer.resolve(text, in: Self.document) == value, "\(text)") }
    }

    @Test func `a pointer prints with its escapes`() {
        #expect(JSONPointer([.key("a/b"), .index(3), .key("m~n"), .key("")]).description == "/a~1b/3/m~0n/")
        #expect(JSONPointer().place == "/")
    }
}
