package import Model

/// An action of a connector, as a node of kind `connector` names it.
package struct ConnectorAction: Sendable, Hashable {
    package var connector: ConnectorID
    /// Words with dots between them: `message.post`.
    package var action: String
    /// Which of the tenant's connections to the vendor, where it has several.
    package var connection: String?
    package var idempotency = NodeKind.Idempotency.none

    /// Reads what belongs to kind `connector`; nil where something is missing.
    init?(reading reader: inout DefinitionReader) {
        let connector = reader.identifier("connector", ConnectorID.self)
        let action = reader.requiredLine("action", limit: 128)
        if let action, !EventName.isOne(action) { reader.report("not the name of an action", at: "action", hint: "for example message.post") }
        let connection = reader.line("connection", limit: 100)
        let idempotency = reader.choice("idempotency", NodeKind.Idempotency.self) ?? .none
        guard let connector, let action else { return nil }
        self.init(connector: connector, action: action, connection: connection, idempotency: idempotency)
    }

    package init(connector: ConnectorID, action: String, connection: String? = nil, idempotency: NodeKind.Idempotency = .none) {
        self.connector = connector
        self.action = action
        self.connection = connection
        self.idempotency = idempotency
    }
}
