import HostTesting
import Logging
import Model
import Testing

@testable import Egress

/// Requests of the daemon's own to real servers.
@Suite(.serialized, .timeLimit(.minutes(2))) struct OutboundTests {
    private let acme = TenantID(unchecked: "acme")

    private func post(
        _ egress: Egress, _ host: Host, _ port: Int, encrypted: Bool = true, allowing: [String] = ["127.0.0.1"],
        deadline: Duration = .seconds(20)
    ) async throws -> OutboundAnswer {
        let grants = PrivateGrants(try allowing.map { (text) throws(Problem) in try PrivateGrants.Entry(text) })
        return try await egress.send(
            OutboundRequest(
                to: Authority(host: host, port: port), isEncrypted: encrypted, path: "/hook?a=b",
                fields: [MessageHead.Field("webhook-id", "msg-1")], body: Array("{}".utf8), deadline: deadline),
            for: acme, allowing: grants)
    }

    private func refusal(_ body: () async throws -> OutboundAnswer) async -> Refusal? {
        do {
            let answer = try await body()
            Issue.record("answered \(answer)")
            return nil
        } catch {
            return error as? Refusal
        }
    }

    private func with(
        names: [String: [String]] = [:], trust: [String] = [], _ body: (Egress) async throws -> Void
    ) async throws {
        var settings = EgressSettings()
        settings.trust = trust
        // What plugins may reach is no concern of this.
        settings.allowed = PrivateGrants([try PrivateGrants.Entry("0.0.0.0/0")])
        let egress = try Egress(
            settings, credentials: Secrets(values: [:]), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            resolver: Names(names))
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await body(egress)) } catch { outcome = .failure(error) }
        await egress.shutDown()
        try outcome.get()
    }

    @Test func `a name is dialled where it was judged, and its certificate must bear it`() async throws {
        try await WebServer.with { (server, _) async throws in
            try await with(
                names: ["origin.test": ["127.0.0.1"], "other.test": ["127.0.0.1"]], trust: [server.certificate]
            ) { (egress) async throws in
                let answer = try await post(egress, .name("origin.test"), server.https)
                #expect((200...599).contains(answer.status))
                let wrong = await refusal { try await post(egress, .name("other.test"), server.https) }
                #expect(wrong?.kind == .unreachable && wrong?.reason.contains("TLS") == true, "\(String(describing: wrong))")
            }
            try await with(names: ["origin.test": ["127.0.0.1"]]) { (egress) async throws in
                let untrusted = await refusal { try await post(egress, .name("origin.test"), server.https) }
                #expect(untrusted?.reason.contains("TLS") == true, "\(String(describing: untrusted))")
            }
        }
    }

    @Test(arguments: [
        "127.0.0.1", "10.0.0.7", "169.254.169.254", "0.0.0.0", "::1", "::ffff:127.0.0.1", "fe80::1", "fd00::7", "64:ff9b::7f00:1",
    ])
    func `an address that is not public is not dialled, whatever plugins may reach`(address: String) async throws {
        try await with(names: ["evil.test": [address]]) { (egress) async throws in
            let byName = await refusal { try await post(egress, .name("evil.test"), 443, allowing: []) }
            #expect(byName?.kind == .addressNotPublic)
            let literal = try #require(Address(address))
            let byAddress = await refusal { try await post(egress, .address(literal), 443, allowing: ["192.168.0.0/16"]) }
            #expect(byAddress?.kind == .addressNotPublic)
        }
    }

    @Test func `without TLS only an address that the operator named is reached`() async throws {
        try await Origin.with(.answer("HTTP/1.1 204 No Content\r\n\r\n")) { origin in
            try await with { (egress) async throws in
                let local = Host.address(Address("127.0.0.1")!)
                #expect(try await post(egress, local, origin.port, encrypted: false).status == 204)
                let request = origin.received
                #expect(request.hasPrefix("POST /hook?a=b HTTP/1.1\r\nHost: 127.0.0.1:\(origin.port)\r\nwebhook-id: msg-1\r\n"))
                #expect(request.hasSuffix("Content-Length: 2\r\nConnection: close\r\n\r\n{}"))
                let global = Host.address(Address("203.0.114.7")!)
                let plain = await refusal { try await post(egress, global, 80, encrypted: false) }
                #expect(plain?.kind == .addressNotPublic)
            }
        }
    }

    @Test(arguments: [
        ("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\n\r\n", 302, nil),
        ("HTTP/1.1 429 Too Many Requests\r\nRetry-After: 17\r\nContent-Length: 3\r\n\r\nno!", 429, "17"),
        ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 410 Gone\r\n\r\n", 410, nil),
        ("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n" + String(repeating: "x", count: 100_000), 200, nil),
    ] as [(String, Int, String?)])
    func `of an answer the head is read, and a redirect is not followed`(text: String, status: Int, wish: String?) async throws {
        try await Origin.with(.answer(text)) { origin in
            try await with { (egress) async throws in
                let answer = try await post(egress, .address(Address("127.0.0.1")!), origin.port, encrypted: false)
                #expect(answer == OutboundAnswer(status: status, retryAfter: wish))
                #expect(origin.accepted == 1)
            }
        }
    }

    @Test func `who says nothing, too much or something else is no answer`() async throws {
        let local = Host.address(Address("127.0.0.1")!)
        for (behaviour, kind): (Origin.Behaviour, Refusal.Kind) in [
            (.silence, .timeout), (.pour(10 << 20), .badAnswer), (.answer("SSH-2.0-x\r\n\r\n"), .badAnswer), (.answer(""), .unreachable),
            (.answer("HTTP/1.1 200 OK\r\n" + String(repeating: "X: y\r\n", count: 200) + "\r\n"), .badAnswer),
        ] {
            try await Origin.with(behaviour) { origin in
                try await with { (egress) async throws in
                    let deadline: Duration = kind == .timeout ? .milliseconds(300) : .seconds(20)
                    let none = await refusal { try await post(egress, local, origin.port, encrypted: false, deadline: deadline) }
                    #expect(none?.kind == kind, "\(behaviour): \(String(describing: none))")
                }
            }
        }
    }

    @Test func `a task that is cancelled waits no longer`() async throws {
        try await Origin.with(.silence) { origin in
            try await with { (egress) async throws in
                let task = Task { try await post(egress, .address(Address("127.0.0.1")!), origin.port, encrypted: false) }
                while origin.accepted == 0 { try await Task.sleep(for: .milliseconds(5)) }
                task.cancel()
                await #expect(throws: CancellationError.self) { _ = try await task.value }
            }
        }
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello and more",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\nhello",
        "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    ])
    func `an answer's body is read where it is asked for, however it is framed`(text: String) async throws {
        try await Origin.with(.answer(text)) { origin in
            try await with { (egress) async throws in
                #expect(try await get(egress, origin.port) == OutboundAnswer(status: 200, retryAfter: nil, body: Array("hello".utf8)))
                #expect(origin.received == "GET /keys HTTP/1.1\r\nHost: 127.0.0.1:\(origin.port)\r\nConnection: close\r\n\r\n")
            }
        }
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhello", Refusal.Kind.unreachable),
        ("HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n" + String(repeating: "x", count: 999), .badAnswer),
        ("HTTP/1.1 200 OK\r\n\r\n" + String(repeating: "x", count: 999), .badAnswer),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", .unreachable),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", .badAnswer),
    ])
    func `a body that is too long, or ends too early, is no answer`(text: String, kind: Refusal.Kind) async throws {
        try await Origin.with(.answer(text)) { origin in
            try await with { (egress) async throws in
                let none = await refusal { try await get(egress, origin.port, limit: 64) }
                #expect(none?.kind == kind, "\(String(describing: none))")
            }
        }
    }

    @Test(arguments: [
        (OutboundRequest.Method.head, "", "HEAD / HTTP/1.1\r\nHost: H\r\nConnection: close\r\n\r\n"),
        (.delete, "", "DELETE / HTTP/1.1\r\nHost: H\r\nConnection: close\r\n\r\n"),
        (.put, "ab", "PUT / HTTP/1.1\r\nHost: H\r\nContent-Length: 2\r\nConnection: close\r\n\r\nab"),
        (.patch, "", "PATCH / HTTP/1.1\r\nHost: H\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
    ])
    func `each method is sent as it is, and its answer's fields are kept where they are wanted`(
        method: OutboundRequest.Method, body: String, sent: String
    ) async throws {
        try await Origin.with(.answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A: b\r\n\r\nok")) { origin in
            try await with { (egress) async throws in
                let account = egress.account(of: PluginID(unchecked: "workflows"), for: acme)
                let answer = try await send(egress, origin.port, method, body, on: account)
                #expect(answer.fields.contains(MessageHead.Field("X-A", "b")))
                #expect(answer.body == (method == .head ? [] : Array("ok".utf8)))
                #expect(origin.received == sent.replacing("Host: H", with: "Host: 127.0.0.1:\(origin.port)"))
                let usage = account.usage
                #expect(usage.sent == Int64(origin.received.utf8.count) && usage.received >= 40 && usage.requests == 1 && usage.connections == 0)
            }
        }
    }

    @Test func `whether something may have arrived is told, and nothing goes out of a volume that is used up`() async throws {
        try await with(names: ["evil.test": ["10.0.0.7"]]) { (egress) async throws in
            let nobody = await refusal { try await send(egress, 1) }
            #expect(nobody?.kind == .unreachable && nobody?.mayHaveArrived == false)
            let private_ = await refusal { try await post(egress, .name("evil.test"), 443, allowing: []) }
            #expect(private_?.mayHaveArrived == false)
            for behaviour in [Origin.Behaviour.silence, .answer(""), .answer("SSH-2.0-x\r\n\r\n")] {
                try await Origin.with(behaviour) { origin in
                    let lost = await refusal { try await send(egress, origin.port, deadline: .milliseconds(500)) }
                    #expect(lost?.mayHaveArrived == true, "\(behaviour): \(String(describing: lost))")
                }
            }
            try await Origin.with(.answer("HTTP/1.1 204 No Content\r\n\r\n")) { origin in
                let account = egress.account(of: PluginID(unchecked: "workflows"), for: acme)
                egress.allow(0, for: acme)
                _ = account.spend(sent: 1)
                let usedUp = await refusal { try await send(egress, origin.port, on: account) }
                #expect(usedUp?.kind == .volumeUsedUp && usedUp?.mayHaveArrived == false && origin.accepted == 0)
            }
        }
    }

    @Test func `a request over TLS has not arrived before the handshake is done`() async throws {
        try await WebServer.with { (server, _) async throws in
            try await with(names: ["other.test": ["127.0.0.1"]], trust: [server.certificate]) { (egress) async throws in
                let wrong = await refusal { try await post(egress, .name("other.test"), server.https) }
                #expect(wrong?.kind == .unreachable && wrong?.mayHaveArrived == false)
            }
        }
    }

    private func send(
        _ egress: Egress, _ port: Int, _ method: OutboundRequest.Method = .get, _ body: String = "", on account: EgressAccount? = nil,
        deadline: Duration = .seconds(20)
    ) async throws -> OutboundAnswer {
        try await egress.send(
            OutboundRequest(
                method, to: Authority(host: .address(Address("127.0.0.1")!), port: port), isEncrypted: false, path: "/", fields: [],
                body: Array(body.utf8), answerLimit: 1024, keepsFields: true, deadline: deadline),
            for: acme, allowing: PrivateGrants([try PrivateGrants.Entry("127.0.0.1")]), on: account)
    }

    private func get(_ egress: Egress, _ port: Int, limit: Int = 1024) async throws -> OutboundAnswer {
        try await egress.send(
            OutboundRequest(
                .get, to: Authority(host: .address(Address("127.0.0.1")!), port: port), isEncrypted: false, path: "/keys", fields: [],
                body: [], answerLimit: limit, deadline: .seconds(20)),
            for: acme, allowing: PrivateGrants([try PrivateGrants.Entry("127.0.0.1")]))
    }
}
