import Glibc
import HostTesting
import Model
import Testing

@testable import Web
@testable import cloister

/// What is sent by mistake or in bad faith: refused with the place, never a fault of the daemon's own.
@Suite(.serialized, .timeLimit(.minutes(5))) struct BadRequestTests {
    @Test func `what is wrong is refused, and told with its place`() async throws {
        try await WebFixture.with { web in
            let json = ["Content-Type: application/json"]
            let cases: [(body: String, status: Int, pointer: String?)] = [
                ("{", 400, ""), ("", 400, ""), ("[]", 422, ""), ("null", 422, ""), (#"{"id": "acme"} x"#, 400, ""),
                (#"{"id": "acme", "id": "acme"}"#, 400, ""), (#"{"id": 7}"#, 422, "/id"), ("{}", 422, nil),
                (#"{"id": "../acme"}"#, 422, "/id"), (#"{"id": "acme", "memory": -1}"#, 422, "/memory"),
                (#"{"id": "acme", "memory": "1GiB"}"#, 422, "/memory"), (#"{"id": "acme", "colour": "red"}"#, 422, "/colour"),
                (#"{"id": "acme", "cpu": 1e999}"#, 400, ""), (#"{"id": "acme", "name": "a\ud800"}"#, 400, ""),
                (String(repeating: "[", count: 100_000), 400, ""),
            ]
            for (body, status, pointer) in cases {
                let reply = try await web.send("POST", "/api/tenants", bytes: Array(body.utf8), headers: json)
                #expect(reply.status == status, "\(body.prefix(80)): \(reply.text)")
                #expect(reply.headers["content-type"] == "application/problem+json")
                guard let pointer else { continue }
                let pointers = reply.json["errors"]?.array?.compactMap { $0["pointer"]?.string } ?? []
                #expect(pointers.contains(pointer), "\(body.prefix(80)): \(reply.text)")
            }
            let bytes: [UInt8] = Array(#"{"id": "a"#.utf8) + [0xFF] + Array(#""}"#.utf8)
            #expect(try await web.send("POST", "/api/tenants", bytes: bytes, headers: json).status == 400)
            #expect(try await web.send("POST", "/api/tenants", bytes: Array("{}".utf8)).status == 415)
            #expect(try await web.send("POST", "/api/tenants", bytes: Array("{}".utf8), headers: json + ["Content-Encoding: gzip"]).status == 415)
            #expect(try await web.send("GET", "/api/tenants", bytes: Array("{}".utf8), headers: json).status == 400)
            #expect(try await web.send("GET", "/api/tenants?colour=red").json["errors"]?.array?.first?["parameter"] == "colour")
            #expect(try await web.send("GET", "/api/tenants?limit=1&limit=2").status == 400)
            #expect(try await web.send("GET", "/api/plugins?tenant=..%2F..").status == 422)
            #expect(try await web.send("GET", "/api/plugins/%FF").status == 400)
            #expect(try await web.send("GET", "/api/plugins/%zz").status == 400)
            #expect(try await web.send("GET", "/api//tenants").status == 404)
            #expect(try await web.send("GET", "/api/../etc/passwd").status == 404)
            let method = try await web.send("PUT", "/api/tenants")
            #expect(method.status == 405)
            #expect(method.headers["allow"] == "GET, POST")
        }
    }

    @Test func `headers that mean two things are refused`() async throws {
        try await WebFixture.with { web in
            let key = "Authorization: Bearer \(web.operatorKey)"
            let get = "GET /api/status HTTP/1.1\r\nConnection: close\r\n"
            for lines in [
                "Host: a\r\n\(key)\r\n\(key)\r\n", "Host: a\r\n\(key)\r\nIdempotency-Key: a\r\nIdempotency-Key: b\r\n",
                "\(key)\r\n", "Host: a\r\nHost: b\r\n\(key)\r\n", "Host: a\r\n\(key)\r\nContent-Length: 1\r\nContent-Length: 2\r\n",
                "Host: a\r\n\(key)\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n",
                "Host: a\r\n\(key)\r\nContent-Length: -1\r\n", "Host: a\r\n bad: folded\r\n", "Host: a\r\nno colon\r\n",
                "Host: a\r\n\(key)\r\nTransfer-Encoding: gzip\r\n",
            ] {
                let reply = try await web.raw(Array((get + lines + "\r\n").utf8))
                #expect(reply.status == 400, "\(lines.debugDescription): \(reply.status) \(reply.text)")
            }
        }
    }

    @Test func `what is too large is refused`() async throws {
        var settings = WebSettings()
        settings.limits.body = .kibibytes(64)
        settings.limits.upload = .kibibytes(64)
        settings.limits.header = .kibibytes(8)
        try await WebFixture.with(settings) { web in
            try await web.host.createTenant()
            let large = [UInt8](repeating: 0x20, count: 70_000)
            #expect(try await web.send("POST", "/api/tenants", bytes: large, headers: ["Content-Type: application/json"]).status == 413)
            #expect(
                try await web.send(
                    "POST", "/api/documents?tenant=acme&name=a", bytes: large, headers: ["Content-Type: application/octet-stream"]
                ).status == 413)
            let header = "X-Large: " + String(repeating: "a", count: 20_000)
            #expect(try await web.send("GET", "/healthz", headers: [header]).status == 431)
            let many = (0..<300).map { "X-\($0): a" }
            #expect(try await web.send("GET", "/healthz", headers: many).status == 431)
            #expect([400, 414, 431].contains(try await web.send("GET", "/" + String(repeating: "a", count: 20_000)).status))
        }
    }

    @Test func `a slow client loses its connection, and others are served`() async throws {
        var settings = WebSettings()
        settings.times.header = .milliseconds(600)
        settings.times.idle = .milliseconds(600)
        settings.times.grace = .milliseconds(600)
        settings.times.rate = .kibibytes(1)
        try await WebFixture.with(settings) { web in
            let port = web.port
            let key = web.operatorKey
            for beginning in [
                "", "GET /healthz HT", "GET /healthz HTTP/1.1\r\nHost: a\r\n",
                "POST /api/tenants HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(key)\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{",
                "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
            ] {
                // The server closes: reading ends, though nothing more is sent.
                let answer = try await aside { () throws -> [UInt8] in
                    let descriptor = try RawHTTP.connect(port: port)
                    defer { close(descriptor) }
                    RawHTTP.send(Array(beginning.utf8), to: descriptor)
                    return RawHTTP.receive(from: descriptor)
                }
                #expect(!String(decoding: answer, as: UTF8.self).contains(" 500 "))
                #expect(try await web.send("GET", "/healthz").status == 200)
            }
        }
    }

    @Test func `connections beyond the limit are told so`() async throws {
        var settings = WebSettings()
        settings.limits.connections = 2
        try await WebFixture.with(settings) { web in
            let port = web.port
            let held = try await aside { try [RawHTTP.connect(port: port), RawHTTP.connect(port: port)] }
            // Accepted, not only queued by the kernel.
            for descriptor in held {
                try await aside {
                    RawHTTP.send(Array("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n".utf8), to: descriptor)
                    var part = [UInt8](repeating: 0, count: 4096)
                    _ = recv(descriptor, &part, part.count, 0)
                }
            }
            #expect(try await web.raw([]).status == 503)
            for descriptor in held { close(descriptor) }
            var status = 503
            while status == 503 { status = try await web.raw(Array("GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".utf8)).status }
            #expect(status == 200)
        }
    }

    @Test func `requests of damaged bytes never make the daemon fail`() async throws {
        try await WebFixture.with { web in
            try await web.host.createTenant()
            var generator = Seeded(seed: 20_240_607)
            let samples = [
                "GET /api/tenants?limit=2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer \(web.operatorKey)\r\n\r\n",
                "POST /api/tenants HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer \(web.operatorKey)\r\nContent-Type: application/json\r\nContent-Length: 31\r\n\r\n{\"id\": \"b\", \"memory\": 536870912}",
                "GET /api/documents?tenant=acme HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer \(web.operatorKey)\r\nRange: bytes=0-1\r\n\r\n",
                "POST /api/hooks/tenant.created/apply?tenant=acme HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer \(web.operatorKey)\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n{\"value\":1}\r\n0\r\n\r\n",
            ]
            let port = web.port
            for turn in 0..<400 {
                var bytes = Array(samples[turn % samples.count].utf8)
                for _ in 0..<Int.random(in: 1...4, using: &generator) {
                    let place = Int.random(in: 0..<bytes.count, using: &generator)
                    switch Int.random(in: 0..<4, using: &generator) {
                    case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
                    case 1: bytes.remove(at: place)
                    case 2: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: place)
                    default: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 20)], at: place)
                    }
                }
                let sent = bytes
                let answer = try await aside { () throws -> [UInt8] in
                    let descriptor = try RawHTTP.connect(port: port)
                    defer { close(descriptor) }
                    RawHTTP.send(sent, to: descriptor)
                    shutdown(descriptor, Int32(SHUT_WR))
                    return RawHTTP.receive(from: descriptor)
                }
                let text = String(decoding: answer.prefix(13), as: UTF8.self)
                #expect(!text.contains(" 500"), "\(String(decoding: sent, as: UTF8.self).debugDescription)")
            }
            #expect(try await web.send("GET", "/healthz").status == 200)
        }
    }
}

/// The same damage every time.
private struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
