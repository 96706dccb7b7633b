/// A person of a tenant, or of the platform.
package struct PersonID: LabelIdentifier {
    package static let noun = "person identifier"
    package let rawValue: String
    package init(unchecked rawValue: String) { self.rawValue = rawValue }

    package static func random() -> PersonID {
        PersonID(unchecked: "person-" + String(UInt64.random(in: .min ... .max), radix: 16))
    }
}

/// An invitation, not the text of it.
package struct InvitationID: LabelIdentifier {
    package static let noun = "invitation identifier"
    package let rawValue: String
    package init(unchecked rawValue: String) { self.rawValue = rawValue }

    package static func random() -> InvitationID {
        InvitationID(unchecked: "invitation-" + String(UInt64.random(in: .min ... .max), radix: 16))
    }
}

/// A session of a person, not the text that opens it.
package struct SessionID: LabelIdentifier {
    package static let noun = "session identifier"
    package let rawValue: String
    package init(unchecked rawValue: String) { self.rawValue = rawValue }

    package static func random() -> SessionID {
        SessionID(unchecked: "session-" + String(UInt64.random(in: .min ... .max), radix: 16))
    }
}
