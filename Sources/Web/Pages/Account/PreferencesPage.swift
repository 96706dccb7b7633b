import HTTPTypes
import HummingbirdCore
import Model
import NIOCore
import Tenancy

/// By which ways a person is told of what.
enum PreferencesPage {
    private enum Way: String, CaseIterable {
        case inbox, mail

        var name: String { self == .inbox ? "Inbox" : "Mail" }
    }

    /// Of the form: one for each kind and way. A box that is not ticked is not sent.
    static let fields = NoticeKind.ofTenants.flatMap { kind in Way.allCases.map { field(kind, $0) } }

    private static func field(_ kind: NoticeKind, _ way: Way) -> String { "\(kind.rawValue).\(way.rawValue)" }

    static func answer(_ exchange: Exchange) async throws -> Answer {
        let session = try exchange.own()
        let choice = try await choice(exchange)
        let rows = choice.kinds.map { kind, chosen in row(kind, chosen, choice.ways) }
        let heads = choice.ways.map { #"<th scope="col" id="\#($0.rawValue)">\#($0.name)</th>"# as HTML }
        let fields: HTML = """
            <table class="choices">
            <thead><tr><th scope="col">What happens</th>\(heads.joined())</tr></thead>
            <tbody>
            \(rows.joined())
            </tbody>
            </table>
            """
        let saved: HTML? = exchange.parameters["saved"]?.bool == true ? #"<p class="done" role="status">Your choice is saved.</p>"# : nil
        let mailing: HTML? = choice.ways.contains(.mail) ? nil : "<p>This host sends no mails.</p>"
        return PageShell(
            title: "Notifications", isOfSession: true,
            content: """
                <h1>Notifications</h1>
                \(saved)
                <p>What you may know of in your role, and where you want to read of it.</p>
                \(mailing)
                \(PageForm(session).html(action: "/account/notifications", button: "Save", fields))
                \(AccountPage.back)
                """
        ).answer(try await exchange.look())
    }

    private static func row(_ kind: NoticeKind, _ chosen: JSONValue, _ ways: [Way]) -> HTML {
        let boxes = ways.map { way in
            let checked: HTML? = chosen[way.rawValue]?.bool == true ? " checked" : nil
            return """
                <td><input type="checkbox" name="\(field(kind, way))" aria-labelledby="\(kind.rawValue) \(way.rawValue)"\(checked)></td>
                """ as HTML
        }
        let title = kind.title.prefix(1).uppercased() + kind.title.dropFirst()
        return #"<tr><th scope="row" id="\#(kind.rawValue)">\#(title)</th>\#(boxes.joined())</tr>"#
    }

    static func submit(_ exchange: Exchange) async throws -> Answer {
        let choice = try await choice(exchange)
        // What the page did not ask about stays as it is.
        let wishes = choice.kinds.map { kind, _ in
            let ways = choice.ways.map { ($0.rawValue, JSONValue.bool(exchange.members[field(kind, $0)] != nil)) }
            return (kind.rawValue, JSONValue.object(Dictionary(uniqueKeysWithValues: ways)))
        }
        _ = try await exchange.recorded("notification/preferences/set") {
            try await exchange.setOwnPreferences(.object(Dictionary(uniqueKeysWithValues: wishes)))
        }
        return .seeOther("/account/notifications?saved=true")
    }

    private static func choice(_ exchange: Exchange) async throws -> (kinds: [(NoticeKind, JSONValue)], ways: [Way]) {
        let bytes = try await exchange.ownPreferences()
        let value = try JSONValue.parse(Array(bytes.readableBytesView), as: "notification/preferences/show")
        let kinds = NoticeKind.ofTenants.compactMap { kind in (value["preferences"]?[kind.rawValue]).map { (kind, $0) } }
        return (kinds, value["mailing"]?.bool == true ? Way.allCases : [.inbox])
    }
}
