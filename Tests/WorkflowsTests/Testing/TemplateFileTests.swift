import Model
import Testing
import Workflows

@Suite struct TemplateFileTests {
    private static func template(_ workflow: JSONValue, default value: JSONValue = 5) throws -> WorkflowTemplate {
        try WorkflowTemplate(reading: [
            "id": "mail", "name": "Mail", "parameters": ["type": "object", "properties": ["limit": ["type": "integer", "default": value]]],
            "workflow": workflow,
        ])
    }

    private func problem(_ body: () throws -> Any) -> Problem? {
        do {
            _ = try body()
            return nil
        } catch {
            return error as? Problem
        }
    }

    @Test func `a parameter takes the place of the text that names it, whatever its type`() throws {
        let template = try Self.template(["settings": ["variables": ["most": "{{limit}}", "text": "up to {{limit}}", "other": "{{else}}"]]])
        let definition = try template.definition(as: WorkflowID("ours"), with: ["limit": 7])
        #expect(definition["settings"]?["variables"] == ["most": 7, "text": "up to {{limit}}", "other": "{{else}}"])
        #expect(definition["id"] == "ours")
        #expect(definition["name"] == "Mail")
        let usual = try template.definition(as: WorkflowID("ours"), named: "Ours")
        #expect(usual["settings"]?["variables"]?["most"] == 5)
        #expect(usual["name"] == "Ours")
    }

    @Test func `values that do not suit, unknown ones and expressions are refused`() throws {
        let template = try Self.template([:])
        let id = try WorkflowID("ours")
        #expect(problem { try template.definition(as: id, with: ["limit": "many"]) }?.code == .invalidInput)
        #expect(problem { try template.definition(as: id, with: ["limti": 1]) }?.hint == "did you mean limit?")
        let free = try WorkflowTemplate(reading: [
            "id": "mail", "name": "Mail", "parameters": ["type": "object", "properties": ["who": ["default": "you"]]], "workflow": ["a": "{{who}}"],
        ])
        for value: JSONValue in ["${ env }", [["a": "x ${ . }"]], ["${a}": 1]] {
            #expect(problem { try free.definition(as: id, with: ["who": value]) }?.message == "parameters/who: a value has no expressions in it")
        }
    }

    @Test func `a file that is no template is refused with the place`() {
        let missing = problem { try WorkflowTemplate(reading: ["id": "a", "name": "A", "workflow": [:], "more": 1]) }
        #expect(missing?.message.contains("/more") == true)
        let bare = problem {
            try WorkflowTemplate(reading: [
                "id": "a", "name": "A", "workflow": [:], "parameters": ["type": "object", "properties": ["b": ["type": "string"]]],
            ])
        }
        #expect(bare?.message.contains("a parameter without a default") == true)
    }
}
