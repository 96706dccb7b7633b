/// Something that a tenant's people were told of.
package struct NoticeID: RandomIdentifier {
    package static let noun = "notice identifier"
    package static let prefix = "notice"
    package let rawValue: String
    package init(unchecked rawValue: String) { self.rawValue = rawValue }
}

/// An address of a tenant's that is told of notices.
package struct WebhookID: RandomIdentifier {
    package static let noun = "webhook identifier"
    package static let prefix = "webhook"
    package let rawValue: String
    package init(unchecked rawValue: String) { self.rawValue = rawValue }
}

/// A message to a webhook, the same at every try.
package struct DeliveryID: RandomIdentifier {
    package static let noun = "delivery identifier"
    package static let prefix = "msg"
    package let rawValue: String
    package init(unchecked rawValue: String) { self.rawValue = rawValue }
}
