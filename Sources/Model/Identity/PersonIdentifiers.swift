/// A person of a tenant, or of the platform.
package struct PersonID: RandomIdentifier {
    package static let noun = "person identifier"
    package static let prefix = "person"
    package let rawValue: String
    package init(unchecked rawValue: String) { self.rawValue = rawValue }
}

/// An invitation, not the text of it.
package struct InvitationID: RandomIdentifier {
    package static let noun = "invitation identifier"
    package static let prefix = "invitation"
    package let rawValue: String
    package init(unchecked rawValue: String) { self.rawValue = rawValue }
}

/// A session of a person, not the text that opens it.
package struct SessionID: RandomIdentifier {
    package static let noun = "session identifier"
    package static let prefix = "session"
    package let rawValue: String
    package init(unchecked rawValue: String) { self.rawValue = rawValue }
}

/// A group of a tenant's directory.
package struct GroupID: RandomIdentifier {
    package static let noun = "group identifier"
    package static let prefix = "group"
    package let rawValue: String
    package init(unchecked rawValue: String) { self.rawValue = rawValue }
}
