package import Model
package import NIOCore

/// One run of an event by hand.
package struct HookRunRequest: Hashable, Sendable {
    package var tenant: TenantID
    package var event: String
    /// The value as JSON text, exactly as the client wrote it.
    package var value: ByteBuffer
    /// For events about a document of the tenant.
    package var document: DocumentID?

    package init(_ tenant: TenantID, event: String, value: ByteBuffer = ByteBuffer(string: "{}"), document: DocumentID? = nil) {
        self.tenant = tenant
        self.event = event
        self.value = value
        self.document = document
    }

    init(taking parameters: inout ControlParameters) throws(Problem) {
        tenant = try parameters.identifier("tenant")
        event = try parameters.word("event", limit: 128)
        value = parameters.takeRaw("value") ?? ByteBuffer(string: "{}")
        document = try parameters.optionalIdentifier("document")
    }

    func write(to buffer: inout ByteBuffer) {
        var members: [String: JSONValue] = ["tenant": .string(tenant.rawValue), "event": .string(event)]
        if let document { members["document"] = .string(document.rawValue) }
        var head = JSONValue.object(members).bytes
        // The value goes in as it is: the closing brace moves behind it.
        head.removeLast()
        buffer.writeBytes(head)
        buffer.writeStaticString(#","value":"#)
        buffer.writeImmutableBuffer(value)
        buffer.writeStaticString("}")
    }
}

/// The text of a secret on its way to the daemon. Never part of a description.
package struct SecretText: Hashable, Sendable, CustomStringConvertible {
    package let text: String
    /// Where workflows may send it; where there is none, as was said before.
    package let hosts: [String]

    package static let hostLimit = 20

    package init(_ text: String, hosts: [String] = []) {
        self.text = text
        self.hosts = hosts
    }

    package var description: String { "(secret)" }
}
