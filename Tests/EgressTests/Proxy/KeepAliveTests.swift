import Model
import Testing

@testable import Egress

/// Several requests on one connection of a child's.
@Suite(.serialized, .timeLimit(.minutes(2))) struct KeepAliveTests {
    private static let counted = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"

    private static func get(_ host: String, _ port: Int, _ path: String = "/", _ more: String = "") -> String {
        "GET http://\(host):\(port)\(path) HTTP/1.1\r\nHost: \(host):\(port)\r\n\(more)\r\n"
    }

    private func with(
        names: [String: [String]] = [:], hosts: [String] = ["127.0.0.1", "*.test"], allowing: [String] = ["127.0.0.1"],
        _ body: (EgressFixture) async throws -> Void
    ) async throws {
        try await EgressFixture.with(hosts: hosts, allowing: allowing, names: names) { settings in
            settings.timeouts.betweenRequests = .seconds(60)
        } _: { fixture in
            try await body(fixture)
        }
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n", "hello"), ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n", "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"),
        ("HTTP/1.1 204 No Content\r\n", ""), ("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n", ""),
        ("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n", ""),
    ])
    func `behind an answer whose end can be told comes the next request`(head: String, body: String) async throws {
        let answer = head + "\r\n" + body
        try await Origin.with(.answer(answer)) { origin in
            try await with { fixture in
                let client = try RawClient(port: fixture.port)
                for path in ["/one", "/two", "/three"] {
                    client.send(Self.get("127.0.0.1", origin.port, path))
                    let answered = await client.readHead()
                    #expect(answered.hasPrefix("HTTP/1.1 "), "\(path): \(answered)")
                    #expect(!answered.contains("Connection: close"))
                    if !body.isEmpty { #expect(String(decoding: await client.read(body.utf8.count), as: UTF8.self) == body) }
                }
                #expect(origin.accepted == 3)
                #expect(fixture.usage.requests == 3)
                #expect(fixture.usage.connections == 1)
            }
        }
    }

    @Test func `requests on one connection go to different hosts and are judged one by one`() async throws {
        try await Origin.with(.answer(Self.counted)) { one in
            try await Origin.with(.answer(Self.counted)) { two in
                let names = ["a.test": ["127.0.0.1"], "b.test": ["127.0.0.1"], "inside.test": ["10.0.0.1"]]
                try await with(names: names, allowing: ["127.0.0.1"]) { fixture in
                    let client = try RawClient(port: fixture.port)
                    for (host, port) in [("a.test", one.port), ("b.test", two.port), ("a.test", two.port)] {
                        client.send(Self.get(host, port))
                        #expect(await client.readHead().hasPrefix("HTTP/1.1 200 "))
                        #expect(await client.read(5) == Array("hello".utf8))
                    }
                    #expect(one.received.contains("Host: a.test:\(one.port)\r\n"))
                    #expect(two.received.contains("Host: b.test:\(two.port)\r\n"))
                    client.send(Self.get("inside.test", 80))
                    let refused = String(decoding: await client.readToEnd(), as: UTF8.self)
                    #expect(refused.contains("address-not-public"), "\(refused)")
                    #expect(one.accepted == 1 && two.accepted == 2)
                }
            }
        }
    }

    @Test func `requests that come in one piece are answered in order`() async throws {
        try await Origin.with(.answer(Self.counted)) { origin in
            try await with { fixture in
                let client = try RawClient(port: fixture.port)
                let post = "POST http://127.0.0.1:\(origin.port)/p HTTP/1.1\r\nHost: 127.0.0.1:\(origin.port)\r\nContent-Length: 4\r\n\r\nbody"
                client.send(post + Self.get("127.0.0.1", origin.port, "/g") + Self.get("127.0.0.1", origin.port, "/last", "Connection: close\r\n"))
                client.end()
                let text = String(decoding: await client.readToEnd(), as: UTF8.self)
                #expect(text.split(separator: "HTTP/1.1 200 OK").count == 3, "\(text)")
                #expect(text.hasSuffix("Connection: close\r\n\r\nhello"))
                let order = ["POST /p ", "GET /g ", "GET /last "].map { origin.received.range(of: $0) }
                #expect(order[0] != nil && order[0]! < order[1]! && order[1]! < order[2]!)
                #expect(origin.received.contains("\r\n\r\nbodyGET /g "))
            }
        }
    }

    @Test(arguments: ["Connection: close\r\n", "Connection: x, Close\r\n", "Proxy-Connection: close\r\n"])
    func `a child that wants the connection closed is obeyed`(field: String) async throws {
        try await Origin.with(.answer(Self.counted)) { origin in
            try await with { fixture in
                let text = try await fixture.send(Self.get("127.0.0.1", origin.port, "/", field))
                #expect(text.hasSuffix("Connection: close\r\n\r\nhello"), "\(text)")
            }
        }
    }

    @Test func `an answer that ends with its connection ends the child's too, and one that is cut short does not look whole`() async throws {
        try await Origin.with(.answer("HTTP/1.1 200 OK\r\n\r\nhello")) { origin in
            try await with { fixture in
                let text = try await fixture.send(Self.get("127.0.0.1", origin.port))
                #expect(text.hasSuffix("Connection: close\r\n\r\nhello"), "\(text)")
            }
        }
        try await Origin.with(.answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")) { origin in
            try await with { fixture in
                let text = try await fixture.send(Self.get("127.0.0.1", origin.port))
                #expect(!text.contains("0\r\n\r\n"), "\(text)")
            }
        }
    }

    @Test func `an answer before the end of the request is the last one`() async throws {
        try await Origin.with(.answer(Self.counted)) { origin in
            try await with { fixture in
                let head = "POST http://127.0.0.1:\(origin.port)/ HTTP/1.1\r\nHost: 127.0.0.1:\(origin.port)\r\nContent-Length: 400\r\n\r\n"
                let client = try RawClient(port: fixture.port)
                client.send(head)
                #expect(await client.readHead().contains("Connection: close\r\n"))
                // The rest of the body is no request.
                client.send(Self.get("127.0.0.1", origin.port, "/smuggled"))
                _ = await client.readToEnd()
                #expect(!origin.received.contains("GET /smuggled"))
            }
        }
    }

    @Test func `a tunnel may follow an exchange`() async throws {
        try await Origin.with(.answer(Self.counted)) { origin in
            try await Origin.with(.echo) { echo in
                try await with { fixture in
                    let client = try RawClient(port: fixture.port)
                    client.send(Self.get("127.0.0.1", origin.port))
                    _ = await client.readHead()
                    _ = await client.read(5)
                    client.send("CONNECT 127.0.0.1:\(echo.port) HTTP/1.1\r\nHost: 127.0.0.1:\(echo.port)\r\n\r\n")
                    #expect(await client.readHead().hasPrefix("HTTP/1.1 200 "))
                    client.send("\u{1}hello")
                    #expect(await client.read(6) == Array("\u{1}hello".utf8))
                }
            }
        }
    }

    @Test func `a second head that does not end is timed like the first, and silence ends without a word`() async throws {
        try await Origin.with(.answer(Self.counted)) { origin in
            try await with { fixture in
                let client = try RawClient(port: fixture.port)
                client.send(Self.get("127.0.0.1", origin.port))
                _ = await client.readHead()
                _ = await client.read(5)
                client.send("GET http://half")
                #expect(String(decoding: await client.readToEnd(), as: UTF8.self).hasPrefix("HTTP/1.1 408 "))
            }
            try await EgressFixture.with { fixture in
                let text = try await fixture.send(Self.get("127.0.0.1", origin.port))
                #expect(text == "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
                try await fixture.eventually { $0.connections == 0 && $0.refusals == 0 }
            }
        }
    }
}

extension String {
    fileprivate func range(of text: String) -> String.Index? {
        indices.first { self[$0...].hasPrefix(text) }
    }
}
