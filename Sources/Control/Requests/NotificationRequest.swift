package import Model

/// What is asked about what a person of a tenant was told.
package enum NotificationRequest: Hashable, Sendable {
    /// The newest first. → `{"notifications", "unread", "cursor"}`
    case list(TenantID, PersonID, unread: Bool, cursor: Int64?, limit: Int)
    /// One, or all that there are. → `{}`
    case read(TenantID, PersonID, NoticeID?)

    /// → `{"preferences": {KIND: {"inbox", "mail"}}, "mailing"}`
    case preferences(TenantID, PersonID)
    /// What is left out stays. → the same, as it is after the change
    case setPreferences(TenantID, PersonID, [String: Preference])

    package struct Preference: Hashable, Sendable {
        package var inbox: Bool?
        package var mail: Bool?

        package init(inbox: Bool? = nil, mail: Bool? = nil) {
            self.inbox = inbox
            self.mail = mail
        }
    }

    package static let mostEntries = 100

    package var method: ControlMethod {
        switch self {
        case .list: .notificationList
        case .read: .notificationRead
        case .preferences: .notificationPreferencesShow
        case .setPreferences: .notificationPreferencesSet
        }
    }

    package var tenant: TenantID {
        switch self {
        case .list(let tenant, _, _, _, _), .read(let tenant, _, _), .preferences(let tenant, _), .setPreferences(let tenant, _, _):
            tenant
        }
    }

    /// What it is about, by its name.
    var objectName: String {
        switch self {
        case .list(_, let person, _, _, _), .preferences(_, let person), .setPreferences(_, let person, _): person.rawValue
        case .read(_, let person, let notice): "\(person) \(notice?.rawValue ?? "all")"
        }
    }

    /// The method must be one of these: `ControlRequest` lists them.
    init(_ method: ControlMethod, _ parameters: inout ControlParameters) throws(Problem) {
        let (tenant, person): (TenantID, PersonID) = (try parameters.identifier("tenant"), try parameters.identifier("person"))
        switch method {
        case .notificationList:
            self = .list(
                tenant, person, unread: try parameters.members.optionalBool("unread") ?? false,
                cursor: try parameters.members.optionalInteger("cursor"),
                limit: try parameters.optionalCount("limit", in: 1...Self.mostEntries) ?? 50)
        case .notificationRead: self = .read(tenant, person, try parameters.optionalIdentifier("notification"))
        case .notificationPreferencesShow: self = .preferences(tenant, person)
        case .notificationPreferencesSet: self = .setPreferences(tenant, person, try Self.preferences(&parameters))
        default: preconditionFailure("\(method.rawValue) is not about notifications")
        }
    }

    private static func preferences(_ parameters: inout ControlParameters) throws(Problem) -> [String: Preference] {
        let value = try parameters.members.required("preferences")
        guard let object = value.object, object.count <= mostEntries else {
            throw Problem(.invalidInput, "/preferences: expected object, found \(value.kind)")
        }
        var preferences: [String: Preference] = [:]
        for (name, value) in object {
            var reader = try JSONObjectReader(value, at: "/preferences/\(name.prefix(40))")
            preferences[name] = Preference(inbox: try reader.optionalBool("inbox"), mail: try reader.optionalBool("mail"))
            try reader.finish()
        }
        return preferences
    }

    var members: [String: JSONValue] {
        var members: [String: JSONValue?] = ["tenant": .string(tenant.rawValue)]
        switch self {
        case .list(_, let person, let unread, let cursor, let limit):
            members["person"] = .string(person.rawValue)
            members["unread"] = .bool(unread)
            members["cursor"] = cursor.map { .integer($0) }
            members["limit"] = .integer(Int64(limit))
        case .read(_, let person, let notice):
            members["person"] = .string(person.rawValue)
            members["notification"] = notice.map { .string($0.rawValue) }
        case .preferences(_, let person): members["person"] = .string(person.rawValue)
        case .setPreferences(_, let person, let preferences):
            members["person"] = .string(person.rawValue)
            members["preferences"] = .object(
                preferences.mapValues { preference in
                    let members = ["inbox": preference.inbox, "mail": preference.mail]
                    return .object(members.compactMapValues { $0.map(JSONValue.bool) })
                })
        }
        return members.compactMapValues { $0 }
    }
}
