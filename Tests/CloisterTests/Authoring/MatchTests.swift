import Model
import Testing

@testable import cloister

struct MatchTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let expected: String
        let found: String
        /// Where they differ.
        let places: [String]
        var testDescription: String { "\(expected) against \(found)" }
    }

    static let cases = [
        Case(expected: #"{"a":1}"#, found: #"{"a":1,"b":2}"#, places: []),
        Case(expected: #"{"a":1,"b":{"c":[1,{"d":2}]}}"#, found: #"{"a":1,"b":{"c":[1,{"d":3}]}}"#, places: ["/b/c/1/d"]),
        Case(expected: #"{"a":1,"b":2}"#, found: #"{"a":2}"#, places: ["/a", "/b"]),
        Case(expected: "[1,2]", found: "[1,2,3]", places: ["/"]),
        Case(expected: "3", found: "3.0", places: []),
        Case(expected: "9007199254740993", found: "9007199254740992", places: ["/"]),
        Case(expected: #"{"a":{"$any":true}}"#, found: #"{"a":null}"#, places: []),
        Case(expected: #"{"a":{"$any":true}}"#, found: "{}", places: ["/a"]),
        Case(expected: #"{"a":{"$absent":true}}"#, found: "{}", places: []),
        Case(expected: #"{"a":{"$absent":true}}"#, found: #"{"a":1}"#, places: ["/a"]),
        Case(expected: #"{"$type":"number"}"#, found: "1", places: []),
        Case(expected: #"{"$type":"string"}"#, found: "1", places: ["/"]),
        Case(expected: #"{"$pattern":"^b.*h$"}"#, found: #""beach""#, places: []),
        Case(expected: #"{"$pattern":"^b.*h$"}"#, found: #""bay""#, places: ["/"]),
        Case(expected: #"{"$range":[1,2]}"#, found: "1.5", places: []),
        Case(expected: #"{"$range":[1,2]}"#, found: "2.5", places: ["/"]),
        Case(expected: #"{"$length":2}"#, found: #"["a","b"]"#, places: []),
        Case(expected: #"{"$length":2}"#, found: #""abc""#, places: ["/"]),
        Case(expected: #"{"$contains":[{"a":1}]}"#, found: #"[0,{"a":1,"b":2}]"#, places: []),
        Case(expected: #"{"$contains":[3]}"#, found: "[0]", places: ["/"]),
        Case(expected: #"{"$exactly":{"a":1}}"#, found: #"{"a":1,"b":2}"#, places: ["/"]),
    ]

    @Test(arguments: cases) func `an expectation accepts what it describes and no more`(example: Case) throws {
        let differences = Match.differences(try JSONValue.parse(example.expected), try JSONValue.parse(example.found))
        #expect(differences.map(\.place.place) == example.places)
    }

    @Test(arguments: [
        ("{$patern: x}", "unknown matcher: $patern (did you mean $pattern?)"), ("{$pattern: '('}", "x.yaml:1:1"),
        ("{$any: true, b: 1}", "$any stands alone in its object"), ("{$range: [1]}", "$range: not a value for it"),
        ("[{$length: -1}]", "$length: not a value for it"), ("{$type: text}", "$type: not a value for it"),
    ])
    func `an expectation that could never be met is refused with its place`(text: String, words: String) throws {
        let node = try YAMLNode.load(text: text, named: "x.yaml")
        let value = try node.value
        let problem = #expect(throws: Problem.self) { try Match.check(value, at: node) }
        #expect(problem?.description.contains(words) == true, "\(String(describing: problem))")
        #expect(problem?.message.hasPrefix("x.yaml:1:1") == true)
    }
}
