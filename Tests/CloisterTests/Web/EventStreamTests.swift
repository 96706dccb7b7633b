import Control
import Glibc
import HostTesting
import Model
import Plugins
import Supervisor
import Synchronization
import Tenancy
import Testing

@testable import Web
@testable import cloister

/// Answers that go on: how they end, how they live, how they are taken up again, and who does not read them.
@Suite(.serialized, .timeLimit(.minutes(5))) struct EventStreamTests {
    /// A connection on which a request was sent.
    private final class Reader: Sendable {
        private let descriptor: Int32
        private let bytes = Mutex<[UInt8]>([])

        init(_ web: WebFixture, _ path: String, _ headers: [String] = [], buffer: Int32? = nil) throws {
            descriptor = try RawHTTP.connect(port: web.port)
            if var buffer { setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &buffer, socklen_t(MemoryLayout<Int32>.size)) }
            let lines = ["GET \(path) HTTP/1.1", "Host: localhost", "Connection: close", "Authorization: Bearer \(web.operatorKey)"] + headers
            RawHTTP.send(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8), to: descriptor)
        }

        deinit { close(descriptor) }

        var text: String { String(decoding: bytes.withLock { $0 }, as: UTF8.self) }

        /// Reads until `holds` is true of what came, or nothing more comes: whether it is.
        func read(until holds: @escaping @Sendable (String) -> Bool) async throws -> Bool {
            try await aside { [self] in
                var part = [UInt8](repeating: 0, count: 1 << 16)
                while !holds(text) {
                    let count = recv(descriptor, &part, part.count, 0)
                    guard count > 0 else { return false }
                    bytes.withLock { $0 += part[..<count] }
                }
                return true
            }
        }

        /// The rest, and whether it was a whole answer (RFC 9112, section 7.1).
        func readToEnd() async throws -> Bool {
            _ = try await read { _ in false }
            return text.hasSuffix("\r\n0\r\n\r\n")
        }
    }

    private static func begin(_ wait: String, _ web: WebFixture) async throws -> String {
        try await web.host.createTenant()
        let definition: JSONValue = [
            "id": "soon",
            "nodes": [
                ["id": "start", "type": "trigger", "config": ["kind": "manual"], "connections": [["to": "pause"]]],
                ["id": "pause", "type": "action", "config": ["kind": "wait", "for": .string(wait)]],
            ],
        ]
        _ = try await web.send("POST", "/api/workflows?tenant=acme", definition)
        _ = try await web.send("POST", "/api/workflows/soon/publish?tenant=acme", [:])
        let run = try await web.send("POST", "/api/workflows/soon/execute?tenant=acme", ["input": [:]])
        return try #require(run.json["id"]?.string, "\(run.text)")
    }

    private static let follow = "/api/workflows/soon/logs?tenant=acme&follow=true"
    private static let lines = "/api/plugins/probe/logs?tenant=acme&follow=true"

    private static func probe(_ web: WebFixture) async throws {
        try await web.host.createTenant()
        let run = try await web.send("POST", "/api/plugins/run", ["tenant": "acme", "folder": .string(try web.host.plugin())])
        try #require(run.status == 201, "\(run.text)")
    }

    private static func write(_ texts: [String], _ web: WebFixture) async throws {
        let pool = try await web.host.daemon.host.pool(of: PluginID(unchecked: "probe"), for: web.host.tenant)
        for text in texts { await pool.note(text) }
    }

    @Test func `a drain ends each stream as a whole answer, at once`() async throws {
        try await WebFixture.with { web in
            _ = try await Self.begin("1h", web)
            try await Self.probeBeside(web)
            let readers = [try Reader(web, Self.follow), try Reader(web, Self.follow), try Reader(web, Self.lines)]
            for reader in readers.dropLast() { #expect(try await reader.read { $0.contains("pause") && $0.contains("waiting") }) }
            #expect(try await readers[2].read { $0.contains("\r\n\r\n") && $0.contains(": ") })
            // Longer than the test may take: it is no timeout that ends them.
            async let drained: Void = web.service.drain(within: .seconds(3600))
            for reader in readers { #expect(try await reader.readToEnd(), "\(reader.text.suffix(200))") }
            await drained
        }
    }

    /// The plugin, where the tenant is there already.
    private static func probeBeside(_ web: WebFixture) async throws {
        let run = try await web.send("POST", "/api/plugins/run", ["tenant": "acme", "folder": .string(try web.host.plugin())])
        try #require(run.status == 201, "\(run.text)")
    }

    @Test func `a stream lives by its comments while there is nothing to tell, and still tells what comes`() async throws {
        var settings = WebSettings()
        (settings.times.heartbeat, settings.times.idle, settings.times.stall) = (.milliseconds(100), .seconds(1), .seconds(1))
        try await WebFixture.with(settings) { web in
            let id = try await Self.begin("1h", web)
            let reader = try Reader(web, Self.follow)
            // Several times as long as a connection may be idle.
            #expect(try await reader.read { $0.split(separator: "\r\n").count { $0 == ":\n\n" } >= 40 }, "\(reader.text)")
            #expect(try await web.send("POST", "/api/runs/\(id)/cancel?tenant=acme").status == 200)
            #expect(try await reader.readToEnd(), "\(reader.text.suffix(200))")
            #expect(reader.text.contains("cancelled"))
        }
    }

    @Test func `a log is taken up where it was left, and no line comes twice`() async throws {
        try await WebFixture.with { web in
            try await Self.probe(web)
            try await Self.write((1...20).map { "line \($0)." }, web)
            let first = try Reader(web, Self.lines + "&lines=5")
            #expect(try await first.read { $0.contains("line 20.") })
            #expect(first.text.contains("line 16.") && !first.text.contains("line 15."))
            let ids = first.text.split(whereSeparator: \.isNewline).filter { $0.hasPrefix("id: ") }.map { String($0.dropFirst(4)) }
            #expect(ids.count == 5 && Set(ids).count == 5, "\(ids)")
            let last = try #require(ids.last)
            // While nobody reads, more comes than a new reader asks for.
            try await Self.write((21...40).map { "line \($0)." }, web)
            let second = try Reader(web, Self.lines + "&lines=5", ["Last-Event-ID: \(last)"])
            #expect(try await second.read { $0.contains("line 40.") })
            for number in 21...40 { #expect(second.text.contains("line \(number)."), "\(number)") }
            #expect(!second.text.contains("line 20.") && !second.text.contains("line 19."))
            try await Self.write(["line 41."], web)
            #expect(try await second.read { $0.contains("line 41.") })
            // Of another life of the daemon's, and what is no place at all.
            let number = try #require(LogPosition(last)).number
            for (id, isAll) in [("\(number + 1000)@2020-01-01T00:00:00.000Z", true), ("nonsense", false), ("\u{7F}7@", false)] {
                let other = try Reader(web, Self.lines + "&lines=5", ["Last-Event-ID: \(id)"])
                guard try await other.read(until: { $0.contains("line 41.") }) else { continue }
                #expect(other.text.contains("line 21.") == isAll, "\(id): \(other.text)")
            }
        }
    }

    @Test func `who never reads is left, holds up nobody, and leaves the place to others`() async throws {
        var settings = WebSettings()
        settings.times.stall = .seconds(1)
        try await WebFixture.with(settings) { web in
            try await Self.probe(web)
            // As many as may follow one plugin.
            let deaf = try (0..<16).map { _ in try Reader(web, Self.lines + "&lines=0", buffer: 4096) }
            for reader in deaf { #expect(try await reader.read { $0.contains("\n\n") }) }
            let text = String(repeating: "x", count: 3900)
            func slow() async throws -> Double {
                let text = try await web.send("GET", "/metrics").text
                let line = text.split(separator: "\n").first { $0.hasPrefix("cloister_http_connections_slow_total") }
                return line?.split(separator: " ").last.flatMap { Double($0) } ?? 0
            }
            var rounds = 0
            while try await slow() < 16, rounds < 400 {
                try await Self.write((0..<500).map { "\($0) \(text)" }, web)
                rounds += 1
                #expect(try await web.send("GET", "/api/status").status == 200)
            }
            let left = try await slow()
            #expect(left == 16, "\(left) after \(rounds) rounds")
            // Their places are free again.
            let isTold = await eventually {
                guard let reader = try? Reader(web, Self.lines + "&lines=0") else { return false }
                guard (try? await reader.read { $0.contains("\n\n") }) == true else { return false }
                // Again and again: the head of an answer comes before its reader is among those who are told.
                let writing = Task {
                    while !Task.isCancelled {
                        try await Self.write(["for all who listen"], web)
                        try await Task.sleep(for: .milliseconds(50))
                    }
                }
                defer { writing.cancel() }
                return (try? await reader.read { $0.contains("for all who listen") }) == true
            }
            #expect(isTold)
        }
    }
}
