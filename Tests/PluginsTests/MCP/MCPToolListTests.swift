import Model
import NIOCore
import Testing

@testable import Plugins

struct MCPToolListTests {
    private func list(_ tools: String, declared: [Manifest.Tool] = []) -> MCPToolList {
        MCPToolList([ByteBuffer(string: #"{"tools":["# + tools + "]}")], declared: declared)
    }

    @Test func `a name that is valid here stays, and no two names become one`() {
        for name in ["get_time", "a.b-c", String(repeating: "x", count: 64)] { #expect(MCPToolName.local(name) == name) }
        #expect(MCPToolName.local("a b/c") == "a__x20b__x2Fc")
        let names = [
            "", "a b", "a__x20b", "a__x5F_x20b", "ü", "a/b", "a\nb", "__x", "__h", String(repeating: "x", count: 65),
            String(repeating: "x", count: 66), String(repeating: "/", count: 30), String(repeating: "/", count: 31),
        ]
        let local = names.map { MCPToolName.local($0) }
        #expect(Set(local).count == names.count, "\(local)")
        for name in local {
            #expect((1...64).contains(name.utf8.count))
            let isPlain = name.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || "_.-".utf8.contains(byte)
            }
            #expect(isPlain, "\(name)")
        }
    }

    @Test func `a tool has the server's words and schemas, and its name to call it by`() throws {
        let tools = list(
            #"{"name":"a b","description":"adds","inputSchema":{"type":"object","required":["x"]}}"#).tools
        #expect(tools.map(\.name) == ["a__x20b"])
        #expect(tools.first?.remoteName == "a b")
        #expect(tools.first?.summary == "adds")
        #expect(tools.first?.input.violations(in: [:]).isEmpty == false)
        #expect(tools.first?.output.acceptsEverything == true)
    }

    @Test(
        arguments: [
            #"{"type":"object","properties":{"n":{"type":"numbr"}}}"#, ##"{"$ref":"#"}"##, "7", "null",
            #"{"type":"object","properties":[]}"#,
        ])
    func `a schema that cannot be compiled does not keep its tool away`(schema: String) {
        let result = list(#"{"name":"t","inputSchema":\#(schema),"outputSchema":\#(schema)}"#)
        #expect(result.tools.count == 1)
        #expect(result.tools.first?.input.violations(in: ["anything": 1]).isEmpty == true)
        #expect(result.tools.first?.input.violations(in: 7).isEmpty == false)
        #expect(result.tools.first?.output.violations(in: 7).isEmpty == true)
        #expect(result.notes.contains { $0.contains("tool t") && $0.contains("input schema") }, "\(result.notes)")
    }

    @Test func `a schema with keywords of its own is checked as far as it is known`() {
        let result = list(
            #"{"name":"t","inputSchema":{"type":"object","x-mcp-header":"q","unevaluatedProperties":false,"properties":{"n":{"type":"integer","x-y":1}}}}"#)
        #expect(result.notes == [])
        #expect(result.tools.first?.input.violations(in: ["n": "seven"]).isEmpty == false)
    }

    @Test func `a manifest chooses tools and says of them what it likes better`() throws {
        let document = try JSONSchema(["type": "object", "properties": ["path": ["type": "string", "format": "document"]]])
        let declared = [
            Manifest.Tool(name: "b", summary: "read it", input: document, output: .any),
            Manifest.Tool(name: "gone", summary: "", input: .any, output: .any),
        ]
        let result = list(
            #"{"name":"a","inputSchema":{"type":"object"}},{"name":"b","description":"x","inputSchema":{"type":"object"}}"#,
            declared: declared)
        #expect(result.tools.map(\.name) == ["b"])
        #expect(result.tools.first?.summary == "read it")
        #expect(result.tools.first?.input.documentProperties == ["path"])
        #expect(result.notes == ["the manifest names tools that the server does not list: gone"])
    }

    @Test func `of ten thousand tools the first thousand are offered, and it is said`() {
        let many = (0..<10_000).map { #"{"name":"t\#($0)","inputSchema":{"type":"object"}}"# }.joined(separator: ",")
        let result = list(many)
        #expect(result.tools.count == 1000)
        #expect(result.notes.count == 1)
        #expect(result.notes.first?.contains("10000 tools") == true, "\(result.notes)")
        let wanted = list(many, declared: [Manifest.Tool(name: "t9999", summary: "", input: .any, output: .any)])
        #expect(wanted.tools.map(\.name) == ["t9999"])
    }

    @Test func `tools without a name, and second ones, are left out and counted once`() {
        let result = list(#"{"name":"a"},{"name":"a"},{},7,{"name":7}"#)
        #expect(result.tools.map(\.name) == ["a"])
        #expect(result.notes.contains { $0.contains("listed twice") })
    }
}
