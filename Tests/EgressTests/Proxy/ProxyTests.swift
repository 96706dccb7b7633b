import Glibc
import Model
import Testing

@testable import Egress

/// The proxy over real sockets, with origins on the loopback address that the operator has granted.
@Suite(.serialized, .timeLimit(.minutes(2))) struct ProxyTests {
    private static let answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\nX-Origin: yes\r\n\r\nhello"

    @Test func `an exchange reaches the origin and its answer comes back`() async throws {
        try await Origin.with(.answer(Self.answer)) { origin in
            try await EgressFixture.with { fixture in
                let text = try await fixture.send(
                    "POST http://127.0.0.1:\(origin.port)/a?b HTTP/1.1\r\nHost: 127.0.0.1:\(origin.port)\r\nContent-Length: 4\r\n\r\nbody")
                #expect(text == "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Origin: yes\r\n\r\nhello")
                #expect(
                    origin.received
                        == "POST /a?b HTTP/1.1\r\nHost: 127.0.0.1:\(origin.port)\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody")
                #expect(fixture.usage.sent == Int64(origin.received.utf8.count))
                #expect(fixture.usage.received == Int64(Self.answer.utf8.count))
                #expect(fixture.usage.requests == 1)
            }
        }
    }

    @Test func `a chunked body arrives whole`() async throws {
        try await Origin.with(.answer(Self.answer)) { origin in
            try await EgressFixture.with { fixture in
                _ = try await fixture.send(
                    "POST http://127.0.0.1:\(origin.port)/ HTTP/1.1\r\nHost: 127.0.0.1:\(origin.port)\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
                #expect(origin.received.contains("\r\nTransfer-Encoding: chunked\r\n"))
                #expect(origin.received.hasSuffix("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"))
            }
        }
    }

    @Test func `a tunnel carries bytes both ways and each side may end before the other`() async throws {
        try await Origin.with(.echo) { origin in
            try await EgressFixture.with { fixture in
                let client = try await fixture.tunnel(to: "127.0.0.1:\(origin.port)")
                client.send("\u{1}hello")
                #expect(await client.read(6) == Array("\u{1}hello".utf8))
                client.send(String(repeating: "x", count: 3_000_000))
                client.end()
                #expect(await client.readToEnd().count == 3_000_000)
                try await fixture.eventually { $0.sent == 3_000_006 && $0.received == 3_000_006 }
            }
        }
    }

    @Test func `what the origin says first comes through before the child has said anything`() async throws {
        try await Origin.with(.pour(100)) { origin in
            try await EgressFixture.with { fixture in
                let client = try await fixture.tunnel(to: "127.0.0.1:\(origin.port)")
                #expect(await client.read(100).count == 100)
            }
        }
    }

    @Test(arguments: [
        ("169.254.169.254:80", "address-not-public"), ("[fd00:ec2::254]:80", "address-not-public"),
        ("127.0.0.2:80", "address-not-public"), ("[::1]:80", "address-not-public"), ("[::ffff:127.0.0.1]:80", "address-not-public"),
        ("[::127.0.0.1]:80", "address-not-public"), ("[64:ff9b::7f00:1]:80", "address-not-public"), ("10.0.0.1:80", "address-not-public"),
        ("0.0.0.0:80", "address-not-public"), ("2130706433:80", "bad-target"), ("0x7f000001:80", "bad-target"),
        ("0177.0.0.1:80", "bad-target"), ("127.1:80", "bad-target"), ("[fe80::1%25lo]:80", "bad-target"),
        ("user@127.0.0.1:80", "bad-target"), ("bücher.test:80", "bad-request"), ("private.test:80", "address-not-public"),
        ("unknown.test:80", "name-not-found"), ("evil.example:80", "host-not-granted"),
    ])
    func `a destination that is not allowed is refused with its reason`(destination: String, reason: String) async throws {
        let hosts = [
            "127.0.0.1", "127.0.0.2", "169.254.169.254", "fd00:ec2::254", "::1", "::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "10.0.0.1",
            "0.0.0.0", "*.test",
        ]
        try await EgressFixture.with(hosts: hosts, names: ["private.test": ["10.0.0.1"]]) { fixture in
            for request in [
                "CONNECT \(destination) HTTP/1.1\r\nHost: \(destination)\r\n\r\n",
                "GET http://\(destination)/ HTTP/1.1\r\nHost: \(destination)\r\n\r\n",
            ] {
                let text = try await fixture.send(request)
                #expect(text.contains("\r\nContent-Type: application/problem+json\r\n"), "\(text)")
                #expect(text.contains("\"reason\":\"\(reason)\""), "\(text)")
            }
            #expect(fixture.usage.refusals == 2)
            try await fixture.eventually { $0.connections == 0 }
        }
    }

    @Test func `a name that changes its mind is looked up once and only what was judged is dialled`() async throws {
        try await Origin.with(.answer(Self.answer)) { origin in
            try await EgressFixture.with(names: ["turning.test": ["127.0.0.1", "10.0.0.1"]]) { fixture in
                let request = "GET http://turning.test:\(origin.port)/ HTTP/1.1\r\nHost: turning.test:\(origin.port)\r\n\r\n"
                let firstAnswer = try await fixture.send(request)
                #expect(firstAnswer.hasPrefix("HTTP/1.1 200 "))
                let secondAnswer = try await fixture.send(request)
                #expect(secondAnswer.contains("address-not-public"))
                #expect(origin.accepted == 1)
            }
        }
    }

    @Test func `of several addresses the permitted ones are tried until one answers`() async throws {
        try await Origin.with(.answer(Self.answer)) { origin in
            let names = ["many.test": ["10.0.0.1 127.0.0.9 127.0.0.1"]]
            try await EgressFixture.with(allowing: ["127.0.0.0/8"], names: names) { fixture in
                let text = try await fixture.send(
                    "GET http://many.test:\(origin.port)/ HTTP/1.1\r\nHost: many.test:\(origin.port)\r\n\r\n")
                #expect(text.hasPrefix("HTTP/1.1 200 "), "\(text)")
            }
        }
    }

    @Test(arguments: [
        "GET http://127.0.0.1:PORT/ HTTP/1.1\r\nHost: evil.test\r\n\r\n",
        "GET http://127.0.0.1:PORT/ HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nX: a\nHost: evil.test\r\n\r\n",
        "GET http://127.0.0.1:PORT/\u{0} HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\n",
        "GET http://127.0.0.1:PORT/ HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n folded\r\n\r\n",
        "POST http://127.0.0.1:PORT/ HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST http://127.0.0.1:PORT/ HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nbody",
        "POST http://127.0.0.1:PORT/ HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        "POST http://127.0.0.1:PORT/ HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST http://127.0.0.1:PORT/ HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nTransfer-Encoding: chunked\r\ntransfer-encoding: identity\r\n\r\n0\r\n\r\n",
        "POST http://127.0.0.1:PORT/ HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "POST http://127.0.0.1:PORT/ HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nTransfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n",
        "POST http://127.0.0.1:PORT/ HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nTransfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n",
        "POST http://127.0.0.1:PORT/ HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nTransfer-Encoding:\r\n\r\n0\r\n\r\n",
        "POST http://127.0.0.1:PORT/ HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nTransfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n0\r\n\r\n",
        "GET http://u:p@127.0.0.1:PORT/ HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\n",
        "GET http://127.0.0.1:PORT/\r\nX: y HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\n",
        "CONNECT 127.0.0.1:PORT HTTP/1.1\r\nHost: evil.test:PORT\r\n\r\n",
        "CONNECT 127.0.0.1:PORT HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\nGET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\n", "\u{16}\u{3}\u{1}\u{0}\u{5}hello", "\r\n\r\n",
    ])
    func `a request that could be read in two ways reaches nobody`(request: String) async throws {
        try await Origin.with(.answer(Self.answer)) { origin in
            try await EgressFixture.with { fixture in
                let text = try await fixture.send(request.split(separator: "PORT", omittingEmptySubsequences: false).joined(separator: "\(origin.port)"))
                #expect(text.hasPrefix("HTTP/1.1 400 "), "\(text)")
                #expect(origin.accepted == 0)
            }
        }
    }

    @Test func `a second request behind the first is judged by itself`() async throws {
        try await Origin.with(.answer(Self.answer)) { origin in
            try await EgressFixture.with { fixture in
                let one = "GET http://127.0.0.1:\(origin.port)/one HTTP/1.1\r\nHost: 127.0.0.1:\(origin.port)\r\n\r\n"
                let text = try await fixture.send(one + "GET /two HTTP/1.1\r\nHost: evil.test\r\n\r\n")
                #expect(text.contains("\r\n\r\nhelloHTTP/1.1 400 "), "\(text)")
                #expect(origin.received.contains("/one"))
                #expect(!origin.received.contains("/two"))
            }
        }
    }

    @Test func `a chunk that lies ends the exchange before the origin reads it`() async throws {
        try await Origin.with(.silence) { origin in
            try await EgressFixture.with { fixture in
                let text = try await fixture.send(
                    "POST http://127.0.0.1:\(origin.port)/ HTTP/1.1\r\nHost: 127.0.0.1:\(origin.port)\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + "3;x=\"\r\n\r\nGET /two HTTP/1.1\r\n\r\n")
                #expect(text.hasPrefix("HTTP/1.1 400 "), "\(text)")
                #expect(!origin.received.contains("/two"))
            }
        }
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nhello", "HTTP/1.1 200 OK\nX: y\n\n", "nonsense\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", "",
    ])
    func `an answer that could be read in two ways is not handed on`(answer: String) async throws {
        try await Origin.with(.answer(answer)) { origin in
            try await EgressFixture.with { fixture in
                let text = try await fixture.send("GET http://127.0.0.1:\(origin.port)/ HTTP/1.1\r\nHost: 127.0.0.1:\(origin.port)\r\n\r\n")
                #expect(text.hasPrefix("HTTP/1.1 502 "), "\(text)")
            }
        }
    }

    @Test func `an interim answer is handed on before the last one`() async throws {
        try await Origin.with(.answer("HTTP/1.1 100 Continue\r\n\r\n" + Self.answer)) { origin in
            try await EgressFixture.with { fixture in
                let text = try await fixture.send(
                    "POST http://127.0.0.1:\(origin.port)/ HTTP/1.1\r\nHost: 127.0.0.1:\(origin.port)\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx")
                #expect(text.hasPrefix("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"), "\(text)")
            }
        }
    }

    @Test func `a tunnel whose greeting names another host is ended with nothing sent`() async throws {
        try await Origin.with(.echo) { origin in
            try await EgressFixture.with(names: ["good.test": ["127.0.0.1"]]) { fixture in
                let client = try await fixture.tunnel(to: "good.test:\(origin.port)")
                client.send(TunnelGateTests.hello(TunnelGateTests.serverName("evil.test")))
                let answer = await client.readToEnd()
                #expect(answer == [0x15, 3, 1, 0, 2, 2, 0x70])
                #expect(origin.received.isEmpty)
                let plain = try await fixture.tunnel(to: "good.test:\(origin.port)")
                plain.send("GET / HTTP/1.1\r\nHost: evil.test\r\n\r\n")
                #expect(String(decoding: await plain.readToEnd(), as: UTF8.self).hasPrefix("HTTP/1.1 400 "))
                #expect(origin.received.isEmpty)
            }
        }
    }

    @Test func `a method that no grant has is refused, and a tunnel with it`() async throws {
        try await EgressFixture.with(methods: ["GET"]) { fixture in
            let thirdAnswer = try await fixture.send("DELETE http://127.0.0.1/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            #expect(thirdAnswer.contains("method-not-granted"))
            let fourthAnswer = try await fixture.send("CONNECT 127.0.0.1:443 HTTP/1.1\r\nHost: 127.0.0.1:443\r\n\r\n")
            #expect(fourthAnswer.contains("method-not-granted"))
        }
    }

    @Test func `nobody who answers is a gateway's error, and nobody at all a timeout`() async throws {
        try await EgressFixture.with { fixture in
            let fifthAnswer = try await fixture.send("GET http://127.0.0.1:1/ HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n")
            #expect(fifthAnswer.contains("\"reason\":\"unreachable\""))
            let sixthAnswer = try await fixture.send("GET http://half")
            #expect(sixthAnswer.hasPrefix("HTTP/1.1 408 "))
        }
    }

    @Test func `more connections than allowed are refused and the places come back`() async throws {
        try await Origin.with(.echo) { origin in
            try await EgressFixture.with { settings in
                settings.limits.connections = 1
            } _: { fixture in
                let client = try await fixture.tunnel(to: "127.0.0.1:\(origin.port)")
                #expect(try await fixture.send("GET http://x/ HTTP/1.1\r\n\r\n").hasPrefix("HTTP/1.1 429 "))
                client.end()
                _ = await client.readToEnd()
                try await fixture.eventually { $0.connections == 0 }
                _ = try await fixture.tunnel(to: "127.0.0.1:\(origin.port)")
            }
        }
    }

    @Test func `a tunnel ends when the volume is used up, and nothing more is let out`() async throws {
        try await Origin.with(.pour(50_000_000)) { origin in
            try await EgressFixture.with { settings in
                settings.limits.volume = ByteSize(bytes: 1_000_000)
            } _: { fixture in
                let client = try await fixture.tunnel(to: "127.0.0.1:\(origin.port)")
                #expect(await client.readToEnd().count < 20_000_000)
                #expect(try await fixture.send("GET http://127.0.0.1/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").contains("volume-used-up"))
            }
        }
    }

    @Test func `requests beyond those of a day are refused, and go nowhere`() async throws {
        try await Origin.with(.answer(Self.answer)) { origin in
            try await EgressFixture.with { settings in
                settings.limits.requests = 1
            } _: { fixture in
                let request = "GET http://127.0.0.1:\(origin.port)/ HTTP/1.1\r\nHost: 127.0.0.1:\(origin.port)\r\n\r\n"
                #expect(try await fixture.send(request).hasPrefix("HTTP/1.1 200 "))
                let refused = try await fixture.send(request)
                #expect(refused.hasPrefix("HTTP/1.1 429 ") && refused.contains("requests-used-up"), "\(refused)")
                #expect(origin.accepted == 1)
            }
        }
    }

    @Test func `a rate makes both tunnels and exchanges wait`() async throws {
        try await Origin.with(.pour(3_000_000)) { origin in
            try await EgressFixture.with { settings in
                settings.limits.rate = ByteSize(bytes: 1_000_000)
            } _: { fixture in
                let start = ContinuousClock.now
                let client = try await fixture.tunnel(to: "127.0.0.1:\(origin.port)")
                #expect(await client.readToEnd().count == 3_000_000)
                // The burst of the first second is free; the rest cannot come sooner, whatever the machine does.
                #expect(ContinuousClock.now - start > .milliseconds(900))
            }
        }
    }

    @Test func `a reader who takes nothing costs no memory`() async throws {
        try await Origin.with(.pour(1 << 30)) { origin in
            try await EgressFixture.with { fixture in
                let client = try await fixture.tunnel(to: "127.0.0.1:\(origin.port)")
                try await Task.sleep(for: .milliseconds(300))
                #expect(fixture.usage.received < 32 << 20)
                #expect(await client.read(1000).count == 1000)
            }
        }
    }

    @Test func `other settings hold from the next request on, and wrong ones change nothing`() async throws {
        try await Origin.with(.answer(Self.answer)) { origin in
            try await EgressFixture.with(allowing: []) { fixture in
                let request = "GET http://127.0.0.1:\(origin.port)/ HTTP/1.1\r\nHost: 127.0.0.1:\(origin.port)\r\n\r\n"
                let before = try await fixture.send(request)
                #expect(before.contains("address-not-public"), "\(before)")
                var settings = fixture.egress.settings
                settings.allowed = PrivateGrants([try PrivateGrants.Entry("127.0.0.1")])
                try fixture.egress.apply(settings)
                let after = try await fixture.send(request)
                #expect(after.hasPrefix("HTTP/1.1 200 "), "\(after)")
                var wrong = EgressSettings()
                wrong.trust = ["/missing.pem"]
                #expect(throws: Problem.self) { try fixture.egress.apply(wrong) }
                let still = try await fixture.send(request)
                #expect(still.hasPrefix("HTTP/1.1 200 "), "\(still)")
                settings.limits.volume = ByteSize(bytes: 1)
                try fixture.egress.apply(settings)
                let spent = try await fixture.send(request)
                #expect(spent.contains("volume-used-up"), "\(spent)")
            }
        }
    }

    @Test func `a flood of connections without a place is closed, and few of them are told why`() async throws {
        try await Origin.with(.echo) { origin in
            try await EgressFixture.with { settings in
                settings.limits.connections = 1
            } _: { fixture in
                let tunnel = try await fixture.tunnel(to: "127.0.0.1:\(origin.port)")
                let clients = try (1...300).map { _ in try RawClient(port: fixture.port) }
                try await fixture.eventually { $0.refusals == 300 }
                var told = 0
                for client in clients where await client.readHead().hasPrefix("HTTP/1.1 429 ") { told += 1 }
                #expect(told >= 1, "\(told)")
                // The one that has a place goes on, and so does the next when it is over.
                tunnel.send("\u{1}x")
                #expect(await tunnel.read(2) == [1, 0x78])
                tunnel.end()
                _ = await tunnel.readToEnd()
                try await fixture.eventually { $0.connections == 0 }
                _ = try await fixture.tunnel(to: "127.0.0.1:\(origin.port)")
            }
        }
    }

    @Test func `few connections without a place stay for their answer at a time`() async throws {
        try await EgressFixture.with { fixture in
            #expect((1...100).count { _ in fixture.listener.turnAway() } == 32)
            fixture.listener.hasLeft()
            #expect(fixture.listener.turnAway())
            #expect(!fixture.listener.turnAway())
        }
    }

    @Test func `a tunnel that is made while its listener closes ends with it`() async throws {
        try await EgressFixture.with { fixture in
            fixture.listener.close()
            var (client, upstream): ([Int32], [Int32]) = ([-1, -1], [-1, -1])
            #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &client) == 0)
            #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &upstream) == 0)
            defer { for descriptor in [client[1], upstream[1]] { close(descriptor) } }
            try fixture.listener.account.open()
            let account = fixture.listener.account
            fixture.listener.carry(
                Tunnel.Order(
                    client: client[0], upstream: upstream[0], owner: fixture.listener.number,
                    gate: TunnelGate(try Authority("a.test:80", defaultPort: nil)), account: account, timeouts: EgressTimeouts()
                ) { _ in account.close() })
            try await fixture.eventually { $0.connections == 0 }
            var byte: UInt8 = 0
            #expect(recv(client[1], &byte, 1, 0) == 0)
            #expect(recv(upstream[1], &byte, 1, 0) == 0)
        }
    }

    @Test(arguments: ["TRACE", "TRACK"])
    func `a method that makes the origin repeat the request gets no credential`(method: String) async throws {
        try await EgressFixture.with(secrets: ["acme/token": "s3cret"]) { settings in
            settings.credentials = [
                try CredentialRule(tenant: try TenantID("acme"), plugin: try PluginID("sync"), host: "127.0.0.1", secret: "token")
            ]
        } _: { fixture in
            let text = try await fixture.send("\(method) https://127.0.0.1:1/ HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n")
            #expect(text.contains("method-not-granted"), "\(text)")
        }
    }

    @Test func `closing the listener ends what came in through it`() async throws {
        try await Origin.with(.echo) { origin in
            try await EgressFixture.with { fixture in
                let tunnel = try await fixture.tunnel(to: "127.0.0.1:\(origin.port)")
                let waiting = try RawClient(port: fixture.port)
                waiting.send("GET http://127")
                fixture.listener.close()
                #expect(await tunnel.readToEnd().isEmpty)
                #expect(await waiting.readToEnd().isEmpty)
                while (try? RawClient(port: fixture.port)) != nil { try await Task.sleep(for: .milliseconds(5)) }
                try await fixture.eventually { $0.connections == 0 }
            }
        }
    }
}
