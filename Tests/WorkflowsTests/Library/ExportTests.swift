import Model
import Testing

@testable import Workflows

struct ExportTests {
    private static func values(_ values: JSONValue) -> JSONValue { Definition.of("action", ["kind": "set", "values": values]) }

    @Test(arguments: [
        ["password": "hunter2"], ["apiKey": "abc"], ["X-Api-Key": "abc"], ["api_key": 12345], ["headers": ["Authorization": "x"]],
        ["note": "Bearer abcdef0123456789"], ["note": "Basic dXNlcjpwYXNzd29yZA=="], ["note": "use sk_live_0123456789abcdef"],
        ["note": "ghp_0123456789012345678901234567890123456"], ["note": "AKIAIOSFODNN7EXAMPLE"],
        ["url": "https://user:word@example.com/"], ["key": "-----BEGIN PRIVATE KEY-----\nMIIE"],
        ["credentials": ["user": "a"]], ["token": "prefix ${ .x }"], ["token": "${ \"abc\" }"],
    ] as [JSONValue])
    func `what looks like a secret is taken out and named`(values: JSONValue) {
        let export = WorkflowExport(Self.values(values))
        #expect(export.stripped.count == 1)
        #expect(export.stripped.first?.description.hasPrefix("/nodes/1/config/values/") == true)
        #expect(export.definition.compactText.contains(WorkflowExport.placeholder))
        #expect(Definition.findings(export.definition).isEmpty)
    }

    @Test(arguments: [
        ["password": "${ .password }"], ["note": "the bearer of this letter"], ["note": "a basic question about tokens"], ["tokens": 5],
        ["url": "https://example.com/a@b:c"], ["mail": "ann@example.com"], ["secret": false], ["password": .null], ["key": "sk-short"],
    ] as [JSONValue])
    func `what does not stays as it is`(values: JSONValue) {
        let export = WorkflowExport(Self.values(values))
        #expect(export.stripped.isEmpty)
        #expect(export.definition == Self.values(values))
    }

    @Test func `a form's fields stay, and a default of a secret one does not`() {
        let form: JSONValue = [
            "type": "object",
            "properties": ["password": ["type": "string"], "pin": ["type": "string", "secret": true, "default": "1234"]],
        ]
        let definition = Definition.with([Definition.node("start", "trigger", ["kind": "manual", "form": form])])
        let export = WorkflowExport(definition)
        #expect(export.stripped.map(\.description) == ["/nodes/0/config/form/properties/pin/default"])
        #expect(!export.definition.compactText.contains("1234"))
        #expect(export.definition.compactText.contains(#""password":{"type":"string"}"#))
    }

    @Test func `a status does not leave the house`() {
        #expect(WorkflowExport(["id": "x", "status": "active"]).definition == ["id": "x"])
    }

    private static let awkward: [JSONValue] = [
        [:], [], "", "plain", "yes", "No", "null", "~", "1", "1e3", "0x1F", "- a", "a: b", "# c", "a #b", "'", "\"", "\\", "\n", "a\nb\n", " a", "a ", "\t",
        "\u{85}", "\u{2028}", "\u{FEFF}", "\u{7F}", "日本", "😀", "${ .a }", "{", "[", "&a", "*a", "!a", "|", ">", "%", "@", "`", "---", "...", "2026-01-01",
        .string(String(repeating: "ab ", count: 200)), 0, -1, 9_007_199_254_740_993, 1.5, 1e300, -0.25, true, false, .null,
        [[1, [2, [:]]], [], ["a": []]], ["a": ["b": ["c": []], "d": .null]], ["": 1, " ": 2, "a: b": 3, "- x": 4, "yes": 5, "1": 6],
        [["id": "x", "list": [["a": 1, "b": 2], ["c": [3]]]]], [String(repeating: "k", count: 2000): 1],
        (0..<70).reduce(JSONValue.null) { inner, _ in [inner] },
    ]

    @Test(arguments: awkward) func `what is written as YAML or JSON is read as the same`(value: JSONValue) throws {
        let whole: JSONValue = ["id": "x", "value": value, "list": [value, value]]
        for format in WorkflowText.allCases {
            let text = format.write(whole)
            #expect(try WorkflowText.read(text, named: "x") == whole, "\(text)")
        }
    }

    @Test func `definitions of all kinds come back as they went`() throws {
        for example in NodeKindTests.nodes {
            let definition = Definition.of(example.type, example.config)
            for format in WorkflowText.allCases {
                #expect(try WorkflowText.read(format.write(WorkflowExport(definition).definition), named: "x") == definition)
            }
        }
    }

    @Test(arguments: ["", "a: [", "a: &x 1\nb: *x", "\u{0}", "{\"a\":1", "a: 1\na: 2"]) func `what is no definition's text is refused`(text: String) {
        let problem = #expect(throws: Problem.self) { try WorkflowText.read(text, named: "the import") }
        #expect(problem?.code == .invalidInput)
    }
}
