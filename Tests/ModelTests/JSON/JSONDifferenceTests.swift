import Model
import Testing

@Suite struct JSONDifferenceTests {
    static let cases: [(String, JSONValue, JSONValue, [JSONDifference.Change])] = [
        ("the same", ["a": [1, 2]], ["a": [1, 2]], []),
        ("a member more", ["a": 1], ["a": 1, "b": 2], [.add("/b", 2)]),
        ("a member less", ["a": 1, "b": 2], ["a": 1], [.remove("/b", 2)]),
        ("another value", ["a": ["b": 1]], ["a": ["b": "x"]], [.replace("/a/b", from: 1, to: "x")]),
        ("another kind", ["a": [1]], ["a": ["b": 1]], [.replace("/a", from: [1], to: ["b": 1])]),
        ("elements", [1, 2, 3], [1, 4], [.replace("/1", from: 2, to: 4), .remove("/2", 3)]),
        ("the whole", 1, 2, [.replace("", from: 1, to: 2)]),
        ("signs of pointers", ["a/b~c": 1], [:], [.remove("/a~1b~0c", 1)]),
        ("null is a value", ["a": nil], [:], [.remove("/a", nil)]),
    ]

    @Test(arguments: cases)
    func `a difference names what changed and where`(
        name: String, old: JSONValue, new: JSONValue, changes: [JSONDifference.Change]
    ) {
        #expect(JSONDifference(from: old, to: new).changes == changes, "\(name)")
    }

    @Test func `a difference beyond the limit is cut and says so`() {
        let large = JSONValue.array((0..<500).map { JSONValue.integer($0) })
        let difference = JSONDifference(from: [], to: large)
        #expect(difference.changes.count == JSONDifference.limit && difference.isCut)
        #expect(!JSONDifference(from: [], to: [1]).isCut)
    }
}
