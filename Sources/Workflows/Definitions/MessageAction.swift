import Model

/// A message of a node of kind `notify` to people of the tenant, as its author wrote it.
package struct MessageAction: Sendable, Hashable {
    /// Persons by their e-mail addresses, and roles.
    package var recipients: [String]
    package var subject: Template
    package var text: Template

    /// What is worked out before it is sent, in one: `{subject, text}`.
    var form: Template { Template(root: .object(["subject": subject.root, "text": text.root])) }

    /// Reads what belongs to kind `notify`; nil where something is missing.
    init?(reading reader: inout DefinitionReader) {
        let recipients = (reader.strings("to", upTo: 50) ?? []).map { $0.lowercased() }
        if recipients.isEmpty {
            reader.report("nobody would get it", at: "to", hint: "name persons by e-mail address or roles such as admin")
        }
        let subject = reader.requiredTextTemplate("subject")
        let text = reader.requiredTextTemplate("text")
        guard let subject, let text else { return nil }
        self.init(recipients: recipients, subject: subject, text: text)
        if form.programs.count > Template.most {
            reader.report("more than \(Template.most) expressions in one message", hint: "put its text together in a node before it")
        }
    }

    package init(recipients: [String], subject: Template, text: Template) {
        self.recipients = recipients
        self.subject = subject
        self.text = text
    }
}
