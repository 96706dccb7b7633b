package import Model

/// What is asked about what a person of a tenant was told.
package enum NotificationRequest: Hashable, Sendable {
    /// The newest first. → `{"notifications", "unread", "cursor"}`
    case list(TenantID, PersonID, unread: Bool, cursor: Int64?, limit: Int)
    /// One, or all that there are. → `{}`
    case read(TenantID, PersonID, NoticeID?)

    package static let mostEntries = 100

    package var method: ControlMethod {
        switch self {
        case .list: .notificationList
        case .read: .notificationRead
        }
    }

    package var tenant: TenantID {
        switch self {
        case .list(let tenant, _, _, _, _), .read(let tenant, _, _): tenant
        }
    }

    /// What it is about, by its name.
    var objectName: String {
        switch self {
        case .list(_, let person, _, _, _): person.rawValue
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
        default: preconditionFailure("\(method.rawValue) is not about notifications")
        }
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
        }
        return members.compactMapValues { $0 }
    }
}
