import Control
import Egress
import Foundation
import HostTesting
import Model
import Tenancy
import Testing
import Workflows

@testable import cloister

/// Requests of workflows, from the definition to a real server and back.
@Suite(.serialized, .timeLimit(.minutes(5))) struct WorkflowRequestTests {
    private static let call = WorkflowID(unchecked: "call")

    /// Publishes a workflow of one node behind a trigger, and runs it to its end.
    private static func run(
        _ config: [String: JSONValue], _ host: DaemonFixture, input: JSONValue = [:], kind: String = "http"
    ) async throws -> JSONValue {
        let definition: JSONValue = [
            "id": "call",
            "nodes": [
                ["id": "start", "type": "trigger", "config": ["kind": "manual"], "connections": [["to": "ask"]]],
                ["id": "ask", "type": "action", "config": .object(config.merging(["kind": .string(kind)]) { $1 })],
            ],
        ]
        if (try? await host.send(.workflow(.create(host.tenant, definition: definition)))) == nil {
            _ = try await host.send(.workflow(.save(host.tenant, call, definition: definition, revision: nil)))
        }
        _ = try await host.send(.workflow(.publish(host.tenant, call, revision: nil, note: nil)))
        var options = RunRequest.Options()
        options.wait = .seconds(30)
        return try await host.send(.run(.execute(host.tenant, call, input: input, options)))
    }

    private static func lastStep(_ host: DaemonFixture) async throws -> JSONValue {
        try await host.send(.run(.logs(host.tenant, call, run: nil, follow: false)))["steps"]?.array?.last ?? .null
    }

    @Test func `a request is put together from the input, and its answer is the node's output`() async throws {
        try await RequestServer.with({ _, _ in RequestServer.json(#"{"id": 9007199254740993}"#, more: "X-Total: 3\r\n") }) { server in
            try await DaemonFixture.with(destinations: server.destinations) { (host) async throws in
                try await host.createTenant()
                let run = try await Self.run(
                    [
                        "method": "POST", "url": .string(server.url + "/users/${ .who }?all=1"), "headers": ["X-Part": "no. ${ .part }"],
                        "query": ["tag": "${ .tags }", "none": "${ null }"], "body": ["name": "${ .who }"],
                    ], host, input: ["who": "a/../b c", "part": 7, "tags": ["x", "y&z"]])
                #expect(run["state"] == "succeeded", "\(run)")
                #expect(run["output"]?["status"] == 200 && run["output"]?["body"] == ["id": 9_007_199_254_740_993])
                #expect(run["output"]?["headers"]?["x-total"] == "3")
                let request = try #require(server.received.first)
                #expect(request.head.hasPrefix("POST /users/a%2F..%2Fb%20c?all=1&tag=x&tag=y%26z HTTP/1.1\r\n"), "\(request.head)")
                #expect(request.field("x-part") == "no. 7" && request.field("content-type") == "application/json")
                #expect(request.body == #"{"name":"a/../b c"}"#)
                let step = try await Self.lastStep(host)
                #expect(step["request"]?["url"]?.string?.hasSuffix("/users/a%2F..%2Fb%20c?all=1") == true, "\(step)")
                let usage = host.daemon.egress.usage(of: WorkflowRequests.account, for: host.tenant)
                #expect(usage?.requests == 1 && usage.map { $0.sent > 100 && $0.received > 50 } == true)
            }
        }
    }

    @Test func `an answer that is no text is a document, byte for byte what came, of the type that its content says`() async throws {
        let picture = "%PDF-1.4\n\u{0}\u{1}\u{7F}\u{80}\r\n%%EOF"
        let head = "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: \(picture.utf8.count)\r\n\r\n"
        try await RequestServer.with({ _, _ in head + picture }) { server in
            try await DaemonFixture.with(destinations: server.destinations) { (host) async throws in
                try await host.createTenant()
                let run = try await Self.run(["url": .string(server.url + "/invoice.pdf")], host)
                #expect(run["state"] == "succeeded" && run["output"]?["headers"]?["content-type"] == "image/png", "\(run)")
                let body = run["output"]?["body"]
                #expect(body?["mediaType"] == "application/pdf" && body?["size"] == JSONValue(picture.utf8.count), "\(run)")
                #expect(body?["sha256"]?.string?.utf8.count == 64)
                let document = try DocumentID(body?["document"]?.string ?? "")
                let read = try await host.send(.documentRead(host.tenant, document, offset: 0, length: 1000))
                #expect(read["data"]?.string.flatMap { Data(base64Encoded: $0) } == Data(picture.utf8))
                #expect(try await host.send(.documentShow(host.tenant, document))["sha256"] == body?["sha256"])
            }
        }
    }

    @Test func `a document is sent as it is, also one that came as an answer`() async throws {
        let picture = "%PDF-1.4\n\u{0}\u{1}\u{7F}\r\n%%EOF"
        let head = "HTTP/1.1 200 OK\r\nContent-Length: \(picture.utf8.count)\r\n\r\n"
        try await RequestServer.with({ request, _ in request.head.hasPrefix("GET ") ? head + picture : RequestServer.json("{}") }) { server in
            try await DaemonFixture.with(destinations: server.destinations) { (host) async throws in
                try await host.createTenant()
                let body = try await Self.run(["url": .string(server.url)], host)["output"]?["body"] ?? .null
                let config: [String: JSONValue] = ["method": "PUT", "url": .string(server.url), "document": "${ .file }"]
                for (file, type) in [(body, "application/pdf"), (body["document"] ?? .null, "application/pdf"), (.null, nil)] as [(JSONValue, String?)] {
                    let run = try await Self.run(config, host, input: ["file": file])
                    #expect(run["state"] == "succeeded", "\(run)")
                    #expect(server.received.last?.body == (type == nil ? "" : picture) && server.received.last?.field("content-type") == type)
                }
                let own = try await Self.run(config.merging(["headers": ["content-type": "application/x-own"]]) { $1 }, host, input: ["file": body])
                #expect(own["state"] == "succeeded" && server.received.last?.field("content-type") == "application/x-own", "\(own)")
                let count = server.received.count
                for (file, code) in [(.string(DocumentID.random().rawValue), "notFound"), (["a": 1], "invalidInput")] as [(JSONValue, String)] {
                    let run = try await Self.run(config, host, input: ["file": file])
                    #expect(run["state"] == "failed" && run["error"]?["code"]?.string == code, "\(run)")
                }
                #expect(server.received.count == count)
            }
        }
    }

    struct Ending: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let answer: String
        let code: String
    }

    private static let endings = [
        Ending(testDescription: "a redirect", answer: "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n", code: "http.302"),
        Ending(testDescription: "a refusal", answer: RequestServer.json("{}", status: "403 Forbidden"), code: "http.403"),
        Ending(
            testDescription: "too much", answer: "HTTP/1.1 200 OK\r\n\r\n" + String(repeating: "x", count: HTTPAction.answerLimit + 1), code: "http.badAnswer"),
        Ending(testDescription: "no HTTP", answer: "SSH-2.0-x\r\n\r\n", code: "http.badAnswer"),
        Ending(testDescription: "nothing", answer: "", code: "unreachable"),
    ]

    @Test(arguments: endings) func `an answer that is none fails the node, and is asked for once`(ending: Ending) async throws {
        try await RequestServer.with({ _, _ in ending.answer }) { server in
            try await DaemonFixture.with(destinations: server.destinations) { (host) async throws in
                try await host.createTenant()
                // Told apart from whoever looks for another server at a port that was another's before.
                let run = try await Self.run(["url": .string(server.url + "/asked-for")], host)
                #expect(run["state"] == "failed" && run["error"]?["code"]?.string == ending.code, "\(run)")
                let heads = server.received.map(\.head)
                #expect(heads.count { $0.hasPrefix("GET /asked-for ") } == 1, "\(heads)")
                #expect(!heads.contains { $0.contains("/elsewhere") }, "a redirect is not followed: \(heads)")
            }
        }
    }

    @Test func `what fails for the moment is tried again with the same key, and what does not is not`() async throws {
        try await RequestServer.with({ request, number in
            if request.head.hasPrefix("POST /never") { return RequestServer.json("{}", status: "404 Not Found") }
            return number < 2 ? RequestServer.json("{}", status: "503 Service Unavailable", more: "Retry-After: 3600\r\n") : RequestServer.json("[1]")
        }) { server in
            try await DaemonFixture.with(destinations: server.destinations) { (host) async throws in
                try await host.createTenant()
                let retry: JSONValue = ["attempts": 5, "delay": "10ms", "longest": "20ms"]
                let run = try await Self.run(
                    ["method": "POST", "url": .string(server.url), "body": "x", "idempotency": "keyed", "retry": retry], host)
                #expect(run["state"] == "succeeded" && run["output"]?["body"] == [1], "\(run)")
                let keys = server.received.map { $0.field("idempotency-key") ?? "" }
                #expect(keys.count == 3 && Set(keys).count == 1 && keys[0].utf8.count == 32)
                let never = try await Self.run(["method": "POST", "url": .string(server.url + "/never"), "retry": retry], host)
                #expect(never["error"]?["code"] == "http.404" && server.received.count == 4, "\(never)")
            }
        }
    }

    @Test func `who does not answer in time has failed, or may have done it`() async throws {
        try await RequestServer.with({ _, _ in nil }) { server in
            try await DaemonFixture.with(destinations: server.destinations) { (host) async throws in
                try await host.createTenant()
                let get = try await Self.run(["url": .string(server.url), "timeout": "300ms"], host)
                #expect(get["state"] == "failed" && get["error"]?["code"] == "deadlineExceeded", "\(get)")
                let post = Task { try await Self.run(["method": "POST", "url": .string(server.url), "timeout": "300ms"], host) }
                #expect(await eventually { (try? await Self.lastStep(host)["state"]) == "unknown" })
                #expect(server.received.count == 2)
                let list = RunRequest.list(host.tenant, workflow: Self.call, state: nil, needsPerson: true, cursor: nil, limit: 5)
                let run = try await host.send(.run(list))["runs"]?.array?.first
                let id = try RunID(run?["id"]?.string ?? "")
                _ = try await host.send(.run(.resolve(host.tenant, id, step: "ask", outcome: "happened", output: ["status": 200])))
                #expect(try await post.value["output"] == ["status": 200])
            }
        }
    }

    @Test func `a secret goes to the hosts that were named for it, and is nowhere else`() async throws {
        let secret = "s3cret-\(UInt64.random(in: 1 << 60 ... .max))"
        try await RequestServer.with({ request, _ in
            request.field("authorization") == "Bearer \(secret)" ? RequestServer.json("{}", status: "500 Failure") : RequestServer.json("{}", status: "401 No")
        }) { server in
            try await DaemonFixture.with(destinations: server.destinations) { (host) async throws in
                try await host.createTenant()
                let config: [String: JSONValue] = ["url": .string(server.url), "secret": ["name": "crm.key"], "retry": ["attempts": 2, "delay": "1ms"]]
                let missing = try await Self.run(config, host)
                #expect(missing["error"]?["code"] == "notFound", "\(missing)")
                _ = try await host.send(.secretSet(host.tenant, name: "crm.key", SecretText(secret)))
                let elsewhere = try await Self.run(config, host)
                #expect(elsewhere["error"]?["code"] == "permissionDenied" && server.received.isEmpty, "\(elsewhere)")
                #expect(elsewhere["error"]?["message"]?.string?.contains("--host 127.0.0.1") == true)
                _ = try await host.send(.secretSet(host.tenant, name: "crm.key", SecretText(secret, hosts: ["127.0.0.1"])))
                #expect(try await host.send(.secretList(host.tenant))["secrets"]?.array?.first?["hosts"] == ["127.0.0.1"])
                // Its value is changed, and where it goes is not.
                _ = try await host.send(.secretSet(host.tenant, name: "crm.key", SecretText(secret)))
                let run = try await Self.run(config, host)
                #expect(run["error"]?["code"] == "http.500" && server.received.count == 2, "\(run)")
                let log = try await host.send(.run(.logs(host.tenant, Self.call, run: nil, follow: false)))
                #expect(!log.compactText.contains(secret) && !run.compactText.contains(secret))
                var seen = 0
                for file in try FileManager.default.subpathsOfDirectory(atPath: host.folder + "/data") {
                    let bytes = (try? DaemonFixture.contents(host.folder + "/data/" + file)) ?? []
                    #expect(bytes.firstRange(of: Array(secret.utf8)) == nil, "\(file)")
                    if bytes.firstRange(of: Array("127.0.0.1:\(server.port)".utf8)) != nil { seen += 1 }
                }
                // What is kept of the run lies there and can be read.
                #expect(seen > 0)
            }
        }
    }

    @Test(arguments: [
        "http://127.0.0.1:PORT/", "https://127.0.0.1:PORT/", "http://169.254.169.254/latest/meta-data", "https://169.254.169.254/",
        "http://[::ffff:127.0.0.1]:PORT/", "http://localhost:PORT/", "https://localhost:PORT/", "https://[::1]:PORT/", "https://10.0.0.7/",
        "http://0.0.0.0:PORT/",
    ])
    func `what is not public is not reached`(url: String) async throws {
        try await RequestServer.with({ _, _ in RequestServer.json("{}") }) { server in
            try await DaemonFixture.with { (host) async throws in
                try await host.createTenant()
                let run = try await Self.run(["url": .string(url.replacing("PORT", with: "\(server.port)"))], host)
                #expect(run["state"] == "failed" && run["error"]?["code"] == "permissionDenied", "\(run)")
                #expect(server.received.isEmpty)
            }
        }
    }

    @Test func `an operator may name the only hosts that workflows reach`() async throws {
        try await RequestServer.with({ _, _ in RequestServer.json("{}") }) { server in
            var destinations = server.destinations
            destinations.hosts = [try HostPattern("*.example.com")]
            try await DaemonFixture.with(destinations: destinations) { (host) async throws in
                try await host.createTenant()
                let run = try await Self.run(["url": .string(server.url)], host)
                #expect(run["error"]?["code"] == "permissionDenied" && server.received.isEmpty, "\(run)")
            }
        }
    }

    @Test func `there is no connector yet, and the error says what to do`() async throws {
        try await DaemonFixture.with { (host) async throws in
            try await host.createTenant()
            let run = try await Self.run(
                ["connector": "slack", "action": "message.post", "input": ["text": "${ .text }"], "retry": ["attempts": 5]], host,
                input: ["text": "x"], kind: "connector")
            #expect(run["state"] == "failed" && run["error"]?["code"] == "noConnector", "\(run)")
            #expect(run["error"]?["message"]?.string?.contains("there is no connector \"slack\"") == true)
            #expect(try await Self.lastStep(host)["attempt"] == 1)
        }
    }

    @Test func `a message reaches the tenant's people by mail, and nobody else`() async throws {
        try await Mailbox.with { (mailbox) async throws in
            try await DaemonFixture.with(notifications: mailbox.settings) { (host) async throws in
                try await host.createTenant()
                for (email, role) in [("ada@example.com", "owner"), ("bob@example.com", "admin")] {
                    let (_, text) = try await host.daemon.people.invite(email, as: role, to: host.tenant, by: .local("test"))
                    _ = try await host.daemon.people.accept(
                        text.text, name: "A", password: "seven quiet herons wade", from: Visitor(address: "192.0.2.1", agent: "test"))
                }
                let sending = Task { await host.daemon.courier.run() }
                let config: [String: JSONValue] = ["to": ["admin", "ada@example.com"], "subject": "Paid ${ .sum }", "text": "So it is:\n${ .sum }"]
                let run = try await Self.run(config, host, input: ["sum": "7\r\nBcc: eve@elsewhere.example"], kind: "notify")
                #expect(run["output"] == ["to": ["ada@example.com", "bob@example.com"]], "\(run)")
                let mails = try await mailbox.mails(atLeast: 2).filter { $0.subject.contains("Paid") }
                #expect(Set(mails.map(\.recipient)) == ["ada@example.com", "bob@example.com"])
                #expect(mails.allSatisfy { $0.subject == "Cloister: Paid 7  Bcc: eve@elsewhere.example" && $0.text.hasPrefix("So it is:\n7") })
                let strange = try await Self.run(["to": ["eve@elsewhere.example"], "subject": "x", "text": "y"], host, kind: "notify")
                #expect(strange["state"] == "failed" && strange["error"]?["code"] == "notFound", "\(strange)")
                sending.cancel()
                await sending.value
                #expect(try mailbox.mails().allSatisfy { !$0.recipient.contains("elsewhere") })
            }
        }
    }

    @Test func `without mail a message cannot be sent, which is not tried again`() async throws {
        try await DaemonFixture.with { (host) async throws in
            try await host.createTenant()
            let run = try await Self.run(
                ["to": ["owner"], "subject": "x", "text": "y", "retry": ["attempts": 5, "delay": "1h"]], host, kind: "notify")
            #expect(run["error"]?["code"] == "unsupported", "\(run)")
        }
    }

    @Test func `of a request that a killed daemon was making nobody knows, and it is not made again`() async throws {
        try await RequestServer.with({ _, _ in nil }) { server in
            try await TemporaryFolder.with { (folder) async throws in
                let configuration = "workflows: {allow-private: [\"127.0.0.1:\(server.port)\"]}"
                let definition: JSONValue = [
                    "id": "call",
                    "nodes": [
                        ["id": "start", "type": "trigger", "config": ["kind": "manual"], "connections": [["to": "ask"]]],
                        [
                            "id": "ask", "type": "action",
                            "config": [
                                "kind": "http", "method": "POST", "url": .string(server.url), "body": "${ .x }", "secret": ["name": "key"],
                                "retry": ["attempts": 9, "delay": "1ms"],
                            ],
                        ],
                    ],
                ]
                try await ServedDaemon.with(configuration, in: folder, ending: SIGKILL) { daemon in
                    try await daemon.send(.tenantCreate(daemon.tenant, name: nil, QuotaChange()))
                    try await daemon.send(.secretSet(daemon.tenant, name: "key", SecretText("never-written", hosts: ["127.0.0.1"])))
                    try await daemon.send(.workflow(.create(daemon.tenant, definition: definition)))
                    try await daemon.send(.workflow(.publish(daemon.tenant, Self.call, revision: nil, note: nil)))
                    try await daemon.send(.run(.execute(daemon.tenant, Self.call, input: ["x": "y"], RunRequest.Options())))
                    #expect(await eventually { server.received.count == 1 })
                    #expect(!daemon.run.errors.contains("never-written"))
                }
                try await ServedDaemon.with(configuration, in: folder) { daemon in
                    @Sendable func step() async -> JSONValue? {
                        try? await daemon.send(.run(.logs(daemon.tenant, Self.call, run: nil, follow: false)))["steps"]?.array?.last
                    }
                    #expect(await eventually { await step()?["state"] == "unknown" })
                    #expect(await step()?["error"]?["code"] == "outcomeUnknown")
                    #expect(server.received.count == 1 && server.received.first?.field("authorization") == "Bearer never-written")
                }
            }
        }
    }
}
