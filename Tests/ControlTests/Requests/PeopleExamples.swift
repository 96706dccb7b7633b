import Model

@testable import Control

/// Requests about persons, as they are on the wire and as they are read.
enum PeopleExamples {
    private static let acme = TenantID(unchecked: "acme")
    private static let ada = PersonID(unchecked: "person-1")

    static let good: [(String, String?, ControlRequest)] = [
        (
            "person/invite", #"{"email":"a@b.c","role":"platform-owner"}"#,
            .people(.invite(nil, email: "a@b.c", role: "platform-owner", days: nil))
        ),
        (
            "person/invite", #"{"tenant":"acme","email":"a@b.c","role":"member","days":3}"#,
            .people(.invite(acme, email: "a@b.c", role: "member", days: 3))
        ),
        ("person/list", nil, .people(.list(nil))),
        ("person/list", #"{"tenant":"acme"}"#, .people(.list(acme))),
        ("person/list", #"{"cursor":"a@b.c","limit":3}"#, .people(.list(nil, ListPart(after: "a@b.c", limit: 3)))),
        ("invitation/list", #"{"limit":1}"#, .people(.invitations(nil, ListPart(limit: 1)))),
        (
            "session/list", #"{"person":"person-1","cursor":"person-1.session-1","limit":9}"#,
            .people(.sessions(nil, of: ada, ListPart(after: "person-1.session-1", limit: 9)))
        ),
        ("person/show", #"{"tenant":"acme","person":"person-1"}"#, .people(.show(acme, ada))),
        (
            "invitation/show", #"{"invitation":"invitation-1"}"#,
            .people(.invitation(nil, InvitationID(unchecked: "invitation-1")))
        ),
        (
            "session/show", #"{"tenant":"acme","session":"session-1","person":"person-1"}"#,
            .people(.session(acme, SessionID(unchecked: "session-1"), of: ada))
        ),
        ("person/role", #"{"tenant":"acme","person":"person-1","role":"admin"}"#, .people(.role(acme, ada, role: "admin"))),
        ("person/remove", #"{"tenant":"acme","person":"person-1"}"#, .people(.remove(acme, ada, revokesKeys: false))),
        ("person/remove", #"{"person":"person-1","keys":true}"#, .people(.remove(nil, ada, revokesKeys: true))),
        ("invitation/list", #"{"tenant":"acme"}"#, .people(.invitations(acme))),
        (
            "invitation/revoke", #"{"tenant":"acme","invitation":"invitation-1"}"#,
            .people(.revokeInvitation(acme, InvitationID(unchecked: "invitation-1")))
        ),
        ("session/list", nil, .people(.sessions(nil, of: nil))),
        ("session/list", #"{"tenant":"acme","person":"person-1"}"#, .people(.sessions(acme, of: ada))),
        (
            "session/revoke", #"{"tenant":"acme","session":"session-1"}"#,
            .people(.revokeSession(acme, SessionID(unchecked: "session-1"), of: nil))
        ),
        (
            "session/revoke", #"{"session":"session-1","person":"person-1"}"#,
            .people(.revokeSession(nil, SessionID(unchecked: "session-1"), of: ada))
        ),
    ]
}
