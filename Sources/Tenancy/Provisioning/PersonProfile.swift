import GRDB
package import Model

/// What a directory says of a person: the parts of RFC 7643 section 4.1 that are kept here.
package struct PersonProfile: Sendable, Hashable {
    /// By which the directory knows the person; of one who was invited, the address.
    package var userName: String
    package var externalID: String?
    package var email: EmailAddress
    package var displayName: String?
    package var formattedName: String?
    package var givenName: String?
    package var familyName: String?
    package var isActive: Bool

    package init(userName: String, email: EmailAddress, isActive: Bool = true) {
        self.userName = userName
        self.email = email
        self.isActive = isActive
    }

    /// What others read: the first of the names that there is.
    var name: String {
        let parts = [givenName, familyName].compactMap { $0 }.joined(separator: " ")
        return displayName ?? formattedName ?? (parts.isEmpty ? userName : parts)
    }

    /// Refuses what is no name: `invalidInput` with the attribute.
    func check() throws(Problem) {
        let texts: [(String, String?)] = [
            ("userName", userName), ("externalId", externalID), ("displayName", displayName), ("name/formatted", formattedName),
            ("name/givenName", givenName), ("name/familyName", familyName),
        ]
        for (place, text) in texts {
            guard let text else { continue }
            guard (1...254).contains(text.unicodeScalars.count), !text.allSatisfy(\.isWhitespace),
                text.unicodeScalars.allSatisfy({ !$0.isControl })
            else { throw Problem(.invalidInput, "/\(place): not a name", hint: "one line of 1 to 254 characters") }
        }
    }
}

/// A person as a directory sees it.
package struct ProvisionedPerson: Sendable, Hashable {
    package let person: Person
    package let profile: PersonProfile
    /// When the directory or an owner last changed it, in milliseconds since 1970 (UTC).
    package let changed: Int64
    package let groups: [PersonGroup.Reference]
}

/// Which persons a directory asks about.
package enum PersonSelection: Sendable, Hashable {
    case all
    case nobody
    case id(PersonID)
    /// Without regard to case.
    case userName(String)
    case externalID(String)
    case email(String)

    var condition: (sql: String, argument: String?) {
        switch self {
        case .all: ("TRUE", nil)
        case .nobody: ("FALSE", nil)
        case .id(let id): ("id = ?", id.rawValue)
        case .userName(let name): ("coalesce(userName, email) = ? COLLATE NOCASE", name)
        case .externalID(let id): ("externalId = ?", id)
        case .email(let text): ("email = ?", text.lowercased())
        }
    }
}
