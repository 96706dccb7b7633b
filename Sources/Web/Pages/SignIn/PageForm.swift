import HTTPTypes
import HummingbirdCore
import Model
import Tenancy

/// A form of a page, with the token that shows that it came from here.
///
/// The token is made of a cookie that only this host sets, that of the session where there is one: a page of another host has
/// neither. It stands beside `BrowserRules`, which a browser without Fetch Metadata would pass where nobody is logged in.
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

    /// Of a page of this session.
    init(_ session: OpenSession) { (text, cookie) = (session.text, nil) }

    /// The field that every form has, also one that is laid out otherwise than `html` does it.
    var token: HTML { #"<input type="hidden" name="\#(Self.tokenField)" value="\#(text.formToken)">"# }

    func html(
        action: String, button: String, style: String = "", hidden: [String: String] = [:], _ fields: HTML
    ) -> HTML {
        let kept = hidden.sorted { $0.key < $1.key }.map { #"<input type="hidden" name="\#($0.key)" value="\#($0.value)">"# as HTML }
        let look: HTML? = style.isEmpty ? nil : #" class="\#(style)""#
        return """
            <form class="panel" method="post" action="\(action)">
            \(token)
            \(kept.joined())
            \(fields)
            <button type="submit"\(look)>\(button)</button>
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

    /// The same for a form of a session's page, on which something is done in the person's name. A refusal is written down.
    static func checkOwn(_ exchange: Exchange, _ operation: String) async throws {
        let session = try exchange.own()
        guard !session.text.accepts(formToken: exchange.field(tokenField)) else { return }
        let refusal = Refusal(
            .forbidden, "foreignRequest", "the form does not come from a page of this session", hint: "open the page again")
        await exchange.port.denied(
            Denial(
                request: exchange.id, principal: session.person.principal, operation: operation, tenant: nil, code: refusal.code))
        throw refusal
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
    /// What went wrong with the form: shown beside this field where it is about it.
    var problem: PageProblem?

    var isWrong: Bool { problem?.field == name }

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
            \(isWrong ? problem?.html : nil)
            \(help)
            """
    }

    /// Whose password a form is about: for the browser's keeper of passwords, and to be seen. It is not sent.
    static func account(_ email: EmailAddress) -> HTML {
        """
        <label for="account">E-mail address</label>
        <input id="account" type="email" autocomplete="username" value="\(email.text)" readonly>
        """
    }
}

extension [PageField] {
    /// Begins where the person has something to do: at the field that is wrong, or else at the first.
    var html: HTML { html(beginningAt: 0) }

    /// Nil for a page of which something else is to be seen first: a browser would scroll to the field.
    func html(beginningAt first: Int?) -> HTML {
        var fields = self
        if let first = fields.firstIndex(where: \.isWrong) ?? first { fields[first].isFirst = true }
        return fields.map(\.html).joined()
    }
}

/// What went wrong with a form: beside the field that it is about, or else above the form.
struct PageProblem: Sendable {
    let status: HTTPResponse.Status
    let text: String
    let hint: String?
    /// The name of the field that it is about.
    var field: String?
    var headers = HTTPFields()

    static let id = "problem"
    private static let labels = [
        "password": "the password", "current": "the password", "new": "the new password", "name": "the name",
        "email": "the e-mail address", "code": "the code",
    ]

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

    /// Above a form, unless one of its fields shows it.
    func above(_ fields: [PageField]) -> HTML? { fields.contains(where: \.isWrong) ? nil : html }

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

    static let toLogin = seeOther("/login")
}
