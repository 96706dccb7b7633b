import Control
import Crypto
import Foundation
import Model
import Store
import Tenancy

@testable import Web
@testable import cloister

/// A tenant with a workflow that messages begin, and somebody who sends them.
struct InboundSite: Sendable {
    let web: WebFixture
    let tenant: String
    static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

    static func definition(_ webhook: [String: JSONValue], then node: JSONValue? = nil) -> JSONValue {
        [
            "id": "orders",
            "nodes": [
                [
                    "id": "arrived", "type": "trigger", "config": .object(["kind": "webhook"].merging(webhook) { $1 }),
                    "connections": [["to": "use"]],
                ],
                ["id": "use", "type": "action", "config": node ?? ["kind": "transform", "expression": ".body"]],
            ],
        ]
    }

    static func scheme(_ name: String, _ more: [String: JSONValue] = [:]) -> JSONValue {
        .object(["scheme": .string(name), "secretName": "orders"].merging(more) { $1 })
    }

    /// Makes the tenant with its secret, and publishes and activates the workflow.
    static func make(
        _ web: WebFixture, tenant: String = "acme", _ webhook: [String: JSONValue], then node: JSONValue? = nil
    ) async throws -> InboundSite {
        _ = try await web.host.send(.tenantCreate(TenantID(tenant), name: nil, QuotaChange()))
        let site = InboundSite(web: web, tenant: tenant)
        try await site.setSecret(secret)
        _ = try await web.host.send(.workflow(.create(TenantID(tenant), definition: definition(webhook, then: node))))
        _ = try await site.operate("publish", [:])
        _ = try await site.operate("activate")
        return site
    }

    func setSecret(_ value: String) async throws {
        _ = try await web.send("PUT", "/api/secrets/orders?tenant=\(tenant)", ["value": .string(value)])
    }

    @discardableResult
    func operate(_ operation: String, _ body: JSONValue? = nil) async throws -> HTTPReply {
        try await web.send("POST", "/api/workflows/orders/\(operation)?tenant=\(tenant)", body)
    }

    /// One message, signed as the scheme says, at a time so many seconds from now.
    func post(
        _ body: String, _ scheme: String, id: String = "msg-1", secret: String = secret, offset: Int64 = 0, to path: String? = nil,
        type: String = "application/json", more: [String] = []
    ) async throws -> HTTPReply {
        let headers = Self.headers(body, scheme, id: id, secret: secret, time: Moment.now / 1000 + offset)
        return try await web.send(
            "POST", path ?? "/in/\(tenant)/orders/arrived", bytes: Array(body.utf8), key: "",
            headers: ["Content-Type: \(type)"] + headers + more)
    }

    static func headers(_ body: String, _ scheme: String, id: String, secret: String, time: Int64) -> [String] {
        func code(_ text: String, _ key: [UInt8]) -> Data {
            Data(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: SymmetricKey(data: key)))
        }
        func hex(_ text: String) -> String { code(text, Array(secret.utf8)).map { String(format: "%02x", $0) }.joined() }
        switch scheme {
        case "github": return ["X-Hub-Signature-256: sha256=\(hex(body))", "X-GitHub-Delivery: \(id)", "X-GitHub-Event: push"]
        case "slack": return ["X-Slack-Signature: v0=\(hex("v0:\(time):\(body)"))", "X-Slack-Request-Timestamp: \(time)"]
        case "stripe": return ["Stripe-Signature: t=\(time),v1=\(hex("\(time).\(body)"))"]
        case "standard-webhooks":
            let key = Data(base64Encoded: String(secret.dropFirst(6))).map { Array($0) } ?? []
            return [
                "Webhook-Id: \(id)", "Webhook-Timestamp: \(time)",
                "Webhook-Signature: v1,\(code("\(id).\(time).\(body)", key).base64EncodedString())",
            ]
        case "hmac-sha256": return ["X-Signature: sha256=\(hex(body))"]
        case "token": return ["Authorization: Bearer \(secret)"]
        default: return []
        }
    }

    func runs() async throws -> [JSONValue] {
        try await web.send("GET", "/api/runs?tenant=\(tenant)").json["runs"]?.array ?? []
    }

    /// What its audit log says of messages that were refused, the newest first.
    func denials() async throws -> [JSONValue] {
        let log = try await web.send("GET", "/api/audit?tenant=\(tenant)").json["entries"]?.array ?? []
        return log.filter { $0["kind"] == "denied" && $0["method"] == "workflow/receive" }
    }
}

/// What somebody would type into a terminal.
enum Shell {
    static func run(_ script: String, environment: [String: String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-euc", script]
        process.environment = environment.merging(["PATH": "/usr/bin:/bin"]) { $1 }
        let output = Pipe()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: bytes, as: UTF8.self)
    }
}
