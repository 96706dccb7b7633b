import Model
import Testing

@testable import Workflows

struct TemplateTests {
    @Test(arguments: [
        ("${ .a }", [" .a "], ["1"], "1"),
        ("x ${ .a } y", [" .a "], ["\"b\""], "\"x b y\""),
        ("x ${ .a }", [" .a "], ["{\"b\":1}"], "\"x {\\\"b\\\":1}\""),
        ("${ .a }${ .b }", [" .a ", " .b "], ["1", "2"], "\"12\""),
        ("${ \"}\" }", [" \"}\" "], ["\"}\""], "\"}\""),
        ("${ \"\\(.a | {b: .})\" }", [" \"\\(.a | {b: .})\" "], ["7"], "7"),
        ("${ {a: {b: 1}} }", [" {a: {b: 1}} "], ["0"], "0"),
        ("${ .a # } in a comment\n }", [" .a # } in a comment\n "], ["3"], "3"),
        ("${ .a # } in a comment\r\n }", [" .a # } in a comment\r\n "], ["3"], "3"),
        ("a${ .a # }\r\n}\u{301}b", [" .a # }\r\n"], ["3"], "\"a3\u{301}b\""),
        ("${\u{301} }", ["\u{301} "], ["3"], "3"),
        ("costs $5 and {more}", [], [], "\"costs $5 and {more}\""),
    ] as [(String, [String], [String], String)])
    func `a text is filled with what its programs give`(text: String, programs: [String], values: [String], filled: String) throws {
        let template = try Template(.string(text))
        #expect(template.programs == programs)
        #expect(template.text(filledWith: values) == filled)
    }

    @Test(arguments: ["${", "${ .a", "${ \"} ", "a ${ ( }", "${ .a # }"]) func `what does not end is refused`(text: String) {
        let problem = #expect(throws: Problem.self) { try Template(.string(text)) }
        #expect(problem?.message == "/: an expression that begins with ${ has no closing brace")
    }

    @Test func `objects are filled in the order of their keys`() throws {
        let template = try Template(["b": "${ .b }", "a": ["${ .a }", 1], "c": "plain"])
        #expect(template.programs == [" .a ", " .b "])
        #expect(template.text(filledWith: ["1", "2"]) == #"{"a":[1,1],"b":2,"c":"plain"}"#)
    }

    @Test(arguments: [
        ("$nodes.a", ["a"], false), ("$nodes[\"a-b\"].c", ["a-b"], false), ("$nodes.\"a-b\"", ["a-b"], false),
        ("$nodes.a + $nodes.b", ["a", "b"], false), ("$nodes", [], true), ("$nodes[.x]", [], true), (".nodes", [], false),
        ("$nodes.a | $nodes | keys", ["a"], true), ("$ nodes.a", ["a"], false), ("$\r\n nodes[\"b\"]", ["b"], false),
        ("$ # here\n nodes.a", [], true), ("$ nodes", [], true), ("$nodesful.a, $x.nodes, $", [], false),
        ("$nodes[\"a\u{301}\"]", [], true), ("$nodes.a\u{301}", ["a"], false), ("$nodes[\"a\"", [], true), ("$$nodes.a", ["a"], false),
        ("\"$#\" + $nodes.a", [], true), ("\"Order $#\\($nodes.a)\"", [], true), ("$nodes.b + \"$ #1: \" + $nodes.a", ["b"], true),
    ] as [(String, Set<String>, Bool)])
    func `references to nodes are found`(program: String, nodes: Set<String>, all: Bool) {
        let found = ExpressionScanner.references(in: program)
        #expect(found.nodes == nodes && found.all == all)
    }

    @Test(arguments: [
        ("$vars.a + $ trigger", ["vars", "trigger"]), ("$\r\n item", ["item"]), ("$ # c\n run.id", nil),
        ("\"$#\" + $index", nil), (".a", []),
    ] as [(String, Set<String>?)])
    func `a program's variables are found however they are written`(program: String, variables: Set<String>?) {
        #expect(ExpressionScanner.variables(in: program) == variables)
    }
}
