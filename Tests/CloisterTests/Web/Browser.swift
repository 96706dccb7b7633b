import HTTPTypes
import Model
import Tenancy
import Testing

@testable import Web
@testable import cloister

/// Somebody who is logged in, as a browser would ask: with the cookie, the page's origin and the form's token.
struct Browser: Sendable {
    static let password = "seven quiet herons wade"

    let web: WebFixture
    let cookie: String
    let formToken: String
    let id: String

    /// Invites, accepts and logs in over HTTP.
    static func open(_ web: WebFixture, _ email: String, _ role: Role, tenant: String?) async throws -> Browser {
        let query = tenant.map { "?tenant=\($0)" } ?? ""
        let invited = try await web.send("POST", "/api/invitations\(query)", ["email": .string(email), "role": .string(role.rawValue)])
        try #require(invited.status == 201, "\(invited.text)")
        let accepted = try await web.send(
            "POST", "/api/invitations/accept",
            ["invitation": invited.json["text"] ?? .null, "name": "Somebody", "password": .string(password)], key: "")
        try #require(accepted.status == 201, "\(accepted.text)")
        return try await logIn(web, email, tenant: tenant)
    }

    static func logIn(_ web: WebFixture, _ email: String, tenant: String?, code: String? = nil) async throws -> Browser {
        var body: [String: JSONValue] = ["email": .string(email), "password": .string(password)]
        body["tenant"] = tenant.map(JSONValue.string)
        body["code"] = code.map(JSONValue.string)
        let reply = try await web.send("POST", "/api/login", .object(body), key: "")
        try #require(reply.status == 200, "\(reply.text)")
        let cookie = reply.headers["set-cookie"] ?? ""
        #expect(cookie.hasPrefix("__Host-session=cloister_session_"))
        #expect(cookie.hasSuffix("; Path=/; Max-Age=604800; Secure; HttpOnly; SameSite=Lax"))
        return Browser(
            web: web, cookie: String(cookie.prefix { $0 != ";" }), formToken: reply.json["formToken"]?.string ?? "",
            id: reply.json["id"]?.string ?? "")
    }

    var headers: [String] {
        ["Cookie: \(cookie)", "Sec-Fetch-Site: same-origin", "Origin: https://localhost", "X-Form-Token: \(formToken)"]
    }

    func send(_ method: String, _ path: String, _ body: JSONValue? = nil) async throws -> HTTPReply {
        try await web.send(method, path, body, key: "", headers: headers)
    }

    func status(_ route: Route, _ path: String) async throws -> Int {
        switch route.body {
        case .none, .form: try await send(route.method.rawValue, path).status
        case .json, .scim, .message: try await send(route.method.rawValue, path, AuthorisationTests.body(route)).status
        case .bytes:
            try await web.send(
                route.method.rawValue, path, bytes: [1], key: "", headers: headers + AuthorisationTests.headers(route)
            ).status
        }
    }
}
