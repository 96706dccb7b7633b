import Control
import Glibc
import HostTesting
import Model
import NIOCore
import Store
import Testing
import Workflows

@testable import cloister

/// A real `cloister serve` with its HTTP server, and a tenant of which messages begin runs.
struct InboundDaemon: Sendable {
    static let tenant = TenantID(unchecked: "acme")
    private static let orders = WorkflowID(unchecked: "orders")
    let socket: String
    let port: Int

    /// With a line of configuration more; it ends itself at a step of a run, where one is named.
    static func with(
        _ folder: String, killedAt step: Int? = nil, more: String = "", _ body: (InboundDaemon) async throws -> Void
    ) async throws -> CommandRun.Outcome {
        let configuration = folder + "/cloister.yaml"
        try FileCopy.write(
            "data: \(folder)/data\nprofiles: \(Built.root)/sandbox-profiles\nhttp: {listen: [\"127.0.0.1:0\"]}\n\(more)\n", to: configuration)
        let run = try CommandRun(
            ["serve", "--config", configuration], folder: folder, environment: step.map { ["CLOISTER_TEST_KILL=run:\($0)"] } ?? [])
        let outcome: Result<Void, any Error>
        do {
            let socket = folder + "/data/control.sock"
            guard await eventually({ (try? await send(.status, to: socket)) != nil && port(run) != nil }), let port = port(run) else {
                throw Problem(.unreachable, "the daemon under test did not start", cause: run.errors)
            }
            outcome = .success(try await body(InboundDaemon(socket: socket, port: port)))
        } catch {
            outcome = .failure(error)
        }
        kill(run.process, SIGTERM)
        let end = try await run.outcome
        try outcome.get()
        return end
    }

    /// As the daemon's log tells it.
    private static func port(_ run: CommandRun) -> Int? {
        guard let place = run.errors.firstRange(of: "127.0.0.1:") else { return nil }
        return Int(run.errors[place.upperBound...].prefix { $0.isNumber })
    }

    private static func send(_ request: ControlRequest, to socket: String) async throws -> JSONValue {
        let reply = try await ControlClient.withConnection(to: socket) { try await $0.send(request, deadline: .seconds(60)) }
        return try JSONValue.parse(Array(reply.readableBytesView))
    }

    @discardableResult
    func send(_ request: ControlRequest) async throws -> JSONValue { try await Self.send(request, to: socket) }

    func publish() async throws {
        try await send(.tenantCreate(Self.tenant, name: nil, QuotaChange()))
        try await send(.secretSet(Self.tenant, name: "orders", SecretText(InboundSite.secret)))
        let definition = InboundSite.definition(["signature": InboundSite.scheme("standard-webhooks")])
        try await send(.workflow(.create(Self.tenant, definition: definition)))
        try await send(.workflow(.publish(Self.tenant, Self.orders, revision: nil, note: nil)))
        try await send(.workflow(.activate(Self.tenant, Self.orders)))
    }

    func post(_ id: String, to path: String = "/in/acme/orders/arrived", host: String = "localhost") async throws -> HTTPReply {
        let headers = InboundSite.headers("{}", "standard-webhooks", id: id, secret: InboundSite.secret, time: Moment.now / 1000)
        let lines = ["POST \(path) HTTP/1.1", "Host: \(host)", "Connection: close", "Content-Type: application/json"]
        let text = (lines + headers + ["Content-Length: 2"]).joined(separator: "\r\n") + "\r\n\r\n{}"
        let port = port
        return try HTTPReply(try await aside { try RawHTTP.exchange(Array(text.utf8), port: port) })
    }

    /// Without a key.
    func get(_ path: String, host: String) async throws -> HTTPReply {
        let text = "GET \(path) HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n"
        let port = port
        return try HTTPReply(try await aside { try RawHTTP.exchange(Array(text.utf8), port: port) })
    }

    func runs() async throws -> [JSONValue] {
        let list = RunRequest.list(Self.tenant, workflow: nil, state: nil, needsPerson: false, cursor: nil, limit: 10)
        return try await send(.run(list))["runs"]?.array ?? []
    }
}
