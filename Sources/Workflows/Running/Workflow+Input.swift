import Model

extension Workflow {
    /// Throws `invalidInput` where the form of a trigger that people begin does not admit what they give.
    func check(_ input: Payload, of trigger: NodeID) throws(Problem) {
        guard case .trigger(.manual(let form?))? = nodes.first(where: { $0.id == trigger })?.kind else { return }
        try JSONSchema(form, as: "form").check(try JSONValue.parse(input.text, as: "input"), as: "input")
    }
}
