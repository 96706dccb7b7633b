import Model

@testable import Control

/// Requests about notices and webhooks, as they are on the wire and as they are read.
enum NotificationExamples {
    private static let acme = TenantID(unchecked: "acme")
    private static let ada = PersonID(unchecked: "person-1")
    private static let hook = WebhookID(unchecked: "webhook-1")

    static let good: [(String, String?, ControlRequest)] = [
        (
            "notification/list", #"{"tenant":"acme","person":"person-1"}"#,
            .notification(.list(acme, ada, unread: false, cursor: nil, limit: 50))
        ),
        (
            "notification/list", #"{"tenant":"acme","person":"person-1","unread":true,"cursor":9,"limit":2}"#,
            .notification(.list(acme, ada, unread: true, cursor: 9, limit: 2))
        ),
        ("notification/read", #"{"tenant":"acme","person":"person-1"}"#, .notification(.read(acme, ada, nil))),
        (
            "notification/read", #"{"tenant":"acme","person":"person-1","notification":"notice-1"}"#,
            .notification(.read(acme, ada, NoticeID(unchecked: "notice-1")))
        ),
        (
            "notification/preferences/show", #"{"tenant":"acme","person":"person-1"}"#, .notification(.preferences(acme, ada))
        ),
        (
            "notification/preferences/set",
            #"{"tenant":"acme","person":"person-1","preferences":{"key.created":{"mail":true},"plugin.failed":{"inbox":false,"mail":false}}}"#,
            .notification(
                .setPreferences(
                    acme, ada, ["key.created": .init(mail: true), "plugin.failed": .init(inbox: false, mail: false)]))
        ),
        (
            "webhook/create", #"{"tenant":"acme","url":"https://a.example/"}"#,
            .webhook(.create(acme, url: "https://a.example/", kinds: []))
        ),
        (
            "webhook/create", #"{"tenant":"acme","url":"https://a.example/","kinds":["plugin.failed"]}"#,
            .webhook(.create(acme, url: "https://a.example/", kinds: ["plugin.failed"]))
        ),
        ("webhook/list", #"{"tenant":"acme"}"#, .webhook(.list(acme))),
        ("webhook/show", #"{"tenant":"acme","webhook":"webhook-1"}"#, .webhook(.show(acme, hook))),
        (
            "webhook/set", #"{"tenant":"acme","webhook":"webhook-1"}"#,
            .webhook(.set(acme, hook, kinds: nil, isEnabled: nil))
        ),
        (
            "webhook/set", #"{"tenant":"acme","webhook":"webhook-1","kinds":[],"enabled":true}"#,
            .webhook(.set(acme, hook, kinds: [], isEnabled: true))
        ),
        ("webhook/delete", #"{"tenant":"acme","webhook":"webhook-1"}"#, .webhook(.delete(acme, hook))),
        ("webhook/rotate", #"{"tenant":"acme","webhook":"webhook-1"}"#, .webhook(.rotate(acme, hook))),
        ("webhook/test", #"{"tenant":"acme","webhook":"webhook-1"}"#, .webhook(.test(acme, hook))),
        (
            "webhook/deliveries", #"{"tenant":"acme","webhook":"webhook-1"}"#,
            .webhook(.deliveries(acme, hook, state: nil, cursor: nil, limit: 50))
        ),
        (
            "webhook/deliveries", #"{"tenant":"acme","webhook":"webhook-1","state":"failed","cursor":3,"limit":1}"#,
            .webhook(.deliveries(acme, hook, state: "failed", cursor: 3, limit: 1))
        ),
        (
            "webhook/replay", #"{"tenant":"acme","webhook":"webhook-1","delivery":"msg-1"}"#,
            .webhook(.replay(acme, hook, DeliveryID(unchecked: "msg-1")))
        ),
        (
            "webhook/replay", #"{"tenant":"acme","webhook":"webhook-1","since":"2026-11-23"}"#,
            .webhook(.replayFailed(acme, hook, since: "2026-11-23"))
        ),
    ]
}
