import HTTPTypes
import HummingbirdCore
import Model
import Tenancy

/// From the login page to a tenant's provider, and back.
enum ProviderPages {
    static let back = "/login/provider/back"

    static func begin(_ exchange: Exchange) async throws -> Answer {
        guard let tenant = exchange.pageTenant else { return .seeOther("/login") }
        // A page elsewhere begins no logins in its visitors' name; whoever follows a link there comes to the button.
        guard !BrowserRules.isSentFromElsewhere(exchange.request.head) else {
            return .seeOther("/login" + (exchange.hostTenant == nil ? "?tenant=\(tenant)" : ""))
        }
        do throws(Problem) {
            let begun = try await exchange.port.signIn.begin(tenant, redirect: redirect(exchange), from: exchange.visitor)
            var answer = Answer.seeOther(begun.address)
            answer.headers.append(HTTPField(name: .setCookie, value: HostCookie.signIn.set(begun.ticket, seconds: 600)))
            return answer
        } catch {
            return try await failed(error, tenant, exchange)
        }
    }

    static func finish(_ exchange: Exchange) async throws -> Answer {
        let reply = ProviderReply(
            state: exchange.text("state"), code: exchange.text("code"), error: exchange.text("error"), issuer: exchange.text("iss"))
        let outcome: LoginOutcome
        do throws(Problem) {
            outcome = try await exchange.port.signIn.finish(
                reply, ticket: HostCookie.signIn.read(exchange.request.head), at: exchange.hostTenant, from: exchange.visitor,
                moved: { move in
                    // The registry has dropped the keys that open too much now; memory follows, and it is written down.
                    exchange.port.drop(keysMadeBy: move.person, beyond: move.role.scopes)
                    let deed = Deed(
                        request: exchange.id, principal: move.person.principal, operation: "login/provider/role", isBrake: true,
                        tenant: move.person.tenant, subject: "\(move.person.id) \(move.role.rawValue)")
                    // A log that cannot be written leaves nobody a role that is another one already.
                    _ = try? await exchange.port.recorded(deed) {}
                })
        } catch {
            return try await failed(error, exchange.hostTenant, exchange)
        }
        switch outcome {
        case .welcome(let session): return try await exchange.enter(session, by: "login/provider")
        case .needsCode(let step): return exchange.askForCode(step)
        case .refused, .tooMany: return .seeOther("/login")
        }
    }

    /// Under the host that was asked, which is one of ours. The provider knows it by heart, too.
    private static func redirect(_ exchange: Exchange) -> String {
        "\(exchange.origin.isEncrypted ? "https" : "http")://\(exchange.request.head.authority ?? "")\(back)"
    }

    private static func failed(_ problem: Problem, _ tenant: TenantID?, _ exchange: Exchange) async throws -> Answer {
        await exchange.deny("login/provider", tenant, problem.code.rawValue)
        let shown = PageProblem(problem)
        var answer = PageShell(
            title: "Not logged in",
            content: """
                <h1>Not logged in</h1>
                \(shown.html)
                <p><a class="button" href="/login">Back to the login</a></p>
                <p class="muted">Request <code>\(exchange.id)</code></p>
                """
        ).answer(try await exchange.look(), shown)
        answer.headers.append(HTTPField(name: .setCookie, value: HostCookie.signIn.cleared))
        return answer
    }
}
