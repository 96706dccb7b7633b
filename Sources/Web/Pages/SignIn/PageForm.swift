import HTTPTypes
import HummingbirdCore
import Model
import Tenancy

/// A form of a page that nobody need be logged in for, with the token that shows that it came from here.
///
/// The token is made of a cookie that only this host sets: a page of another host has neither. It stands beside
/// `BrowserRules`, which a browser without Fetch Metadata would pass.
struct PageForm: Sendable {
    static let tokenField = "formToken"
    private static let life: Int64 = 43_200

    private let text: AccessText
    /// To be set with the page, where the browser had none.
    private let cookie: String?

    /// With the browser's own cookie, or a new one.
    init(_ head: HTTPRequest) {
        if let text = HostCookie.form.read(head).flatMap({ AccessText($0, for: .form) }) {
            (self.text, cookie) = (text, nil)
        } else {
            text = .random(for: .form)
            cookie = HostCookie.form.set(text.text, seconds: Self.life)
        }
    }

    func html(action: String, button: String, hidden: [String: String] = [:], _ fields: HTML) -> HTML {
        let kept = hidden.sorted { $0.key < $1.key }.map { #"<input type="hidden" name="\#($0.key)" value="\#($0.value)">"# as HTML }
        return """
            <form class="panel" method="post" action="\(action)">
            <input type="hidden" name="\(Self.tokenField)" value="\(text.formToken)">
            \(kept.joined())
            \(fields)
            <button type="submit">\(button)</button>
            </form>
            """
    }

    func finish(_ answer: Answer) -> Answer {
        var answer = answer
        if let cookie { answer.headers.append(HTTPField(name: .setCookie, value: cookie)) }
        return answer
    }

    /// Refuses a form that came from elsewhere, or from a page that is too old.
    static func check(_ exchange: Exchange) throws(Refusal) {
        guard let text = HostCookie.form.read(exchange.request.head).flatMap({ AccessText($0, for: .form) }),
            text.accepts(formToken: exchange.field(tokenField))
        else {
            throw Refusal(
                .forbidden, "foreignRequest", "the form does not come from a page of this browser",
                hint: "open the page again; the browser must keep this host's cookies")
        }
    }
}

/// One field with its label, as a form has it.
struct PageField: Sendable {
    let name: String
    let label: String
    var type = "text"
    /// What a browser's keeper of passwords makes of it: HTML's `autocomplete`.
    let completion: String
    var value = ""
    var hint: String?
    var isRequired = true
    var isFirst = false
    /// Whether it is what the page's problem is about.
    var isWrong = false

    var html: HTML {
        let help: HTML? = hint.map { #"<p class="muted" id="\#(name)-hint">\#($0)</p>"# }
        let descriptions = (isWrong ? [PageProblem.id] : []) + (hint == nil ? [] : ["\(name)-hint"])
        let described: HTML? = descriptions.isEmpty ? nil : #" aria-describedby="\#(descriptions.joined(separator: " "))""#
        let wrong: HTML? = isWrong ? #" aria-invalid="true""# : nil
        let code: HTML? = completion == "one-time-code" ? #" autocapitalize="none" spellcheck="false""# : nil
        let required: HTML? = isRequired ? " required" : nil
        let first: HTML? = isFirst ? " autofocus" : nil
        return """
            <label for="\(name)">\(label)</label>
            <input id="\(name)" name="\(name)" type="\(type)" autocomplete="\(completion)" value="\(value)"\(described)\(wrong)\(code)\(required)\(first)>
            \(help)
            """
    }
}

/// What went wrong with a form, above it.
struct PageProblem: Sendable {
    let status: HTTPResponse.Status
    let text: String
    let hint: String?
    /// The name of the field that it is about.
    var field: String?
    var headers = HTTPFields()

    static let id = "problem"
    private static let labels = ["password": "the password", "name": "the name", "email": "the e-mail address"]

    init(_ status: HTTPResponse.Status, _ text: String, hint: String? = nil) {
        (self.status, self.text, self.hint) = (status, text, hint)
    }

    /// As a program would be told it, with the name of the field for its place in a JSON text.
    init(_ problem: Problem) {
        let refusal = Refusal(problem)
        let fault = refusal.faults.first
        var name: String?
        if case .pointer(let pointer)? = fault?.place { name = String(pointer.dropFirst()) }
        let text = fault?.detail ?? refusal.detail
        let label = name.flatMap { Self.labels[$0] }
        self.init(refusal.status, label.map { "\($0) is refused: \(text)" } ?? text, hint: fault?.hint ?? refusal.hint)
        field = name
        headers = refusal.headers
    }

    var html: HTML {
        let help: HTML? = hint.map { "<br>\(ErrorPage.sentence($0))" }
        return #"<p class="problem" role="alert" id="\#(Self.id)" tabindex="-1">\#(ErrorPage.sentence(text))\#(help)</p>"#
    }
}

extension Exchange {
    /// A field of the form; empty where it was left out.
    func field(_ name: String) -> String { members[name]?.string ?? "" }

    /// Whose page it is: of the host's tenant, or of the one that the address or the form names at the house's own host.
    var pageTenant: TenantID? {
        if case .tenant(let host) = residence { return host }
        return (text("tenant") ?? members["tenant"]?.string).flatMap(TenantID.init(rawValue:))
    }

    /// The tenant at whose own host this is.
    var hostTenant: TenantID? {
        if case .tenant(let host) = residence { return host }
        return nil
    }

    /// Writes down that somebody was not let in.
    func deny(_ operation: String, _ tenant: TenantID?, _ code: String) async {
        await port.denied(Denial(request: id, principal: nil, operation: operation, tenant: tenant, code: code))
    }

    /// Lets in whoever has shown who they are: the session's cookie, and on to the own page.
    func enter(_ session: OpenSession, by operation: String) async throws -> Answer {
        try await tell(session.person.principal, operation)
        var answer = Answer.seeOther("/account")
        answer.headers.append(HTTPField(name: .setCookie, value: SessionCookie.set(session)))
        answer.headers.append(HTTPField(name: .setCookie, value: HostCookie.step.cleared))
        answer.headers.append(HTTPField(name: .setCookie, value: HostCookie.signIn.cleared))
        return answer
    }

    /// On to the page that asks for the code.
    func askForCode(_ step: String) -> Answer {
        var answer = Answer.seeOther("/login/code")
        answer.headers.append(HTTPField(name: .setCookie, value: HostCookie.step.set(step, seconds: 300)))
        answer.headers.append(HTTPField(name: .setCookie, value: HostCookie.signIn.cleared))
        return answer
    }
}

extension Answer {
    static func seeOther(_ address: String) -> Answer {
        var answer = Answer(status: .seeOther)
        answer.headers[.location] = address
        return answer
    }
}
