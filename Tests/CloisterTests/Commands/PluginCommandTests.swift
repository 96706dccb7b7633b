import Control
import Glibc
import Model
import NIOCore
import Synchronization
import Testing

@testable import cloister

@Suite(.timeLimit(.minutes(2)))
struct PluginCommandTests {
    private static func call(_ requests: [ControlRequest]) -> PluginCall? {
        for case .pluginCall(let call) in requests { return call }
        return nil
    }

    @Test(arguments: ["argument", "file", "standard input"])
    func `input reaches the tool as it was written, from wherever`(source: String) async throws {
        let text = "{ \"b\": 1.0, \"a\": [ ] }"
        try await CommandFixture.with({ _, _ in .raw(ByteBuffer(string: #"{"ok" : true}"#)) }) { (fixture) async throws in
            write(text, to: fixture.folder + "/input.json")
            let input = ["argument": text, "file": "@\(fixture.folder)/input.json", "standard input": "-"][source] ?? ""
            let run = try await fixture.run(
                "plugin", "call", "exif", "extract", "--tenant", "acme", "--input", input, "--deadline", "61500ms",
                input: text)
            #expect(run.status == 0)
            #expect(run.output == "{\"ok\" : true}\n")
            let call = Self.call(fixture.requests.all)
            #expect(call?.reference == Sample.exif)
            #expect(call?.tool == "extract")
            #expect(call.map { String(buffer: $0.input) } == text)
            #expect(call?.deadline == .milliseconds(61_500))
        }
    }

    @Test(arguments: [
        ("{no", 65, "--input: not valid JSON"), ("@/nonexistent/input.json", 66, "cannot read /nonexistent/input.json"),
        ("-", 65, "standard input: not valid JSON"), ("{\"a\":1,\"a\":2}", 65, "duplicate key"),
    ])
    func `input that is not JSON is refused before it is sent`(input: String, status: Int32, message: String) async throws {
        try await CommandFixture.with({ _, _ in .value([:]) }) { (fixture) async throws in
            let run = try await fixture.run("plugin", "call", "exif", "extract", "--tenant", "acme", "--input", input)
            #expect(run.status == status)
            #expect(run.errors.contains(message))
            #expect(fixture.requests.all.isEmpty)
        }
    }

    @Test(arguments: [0, 1, 3 << 20, (3 << 20) + 1, 7_000_000])
    func `a document arrives byte by byte, whatever its size`(size: Int) async throws {
        let received = Mutex<[UInt8]>([])
        try await CommandFixture.with({ request, _ in
            switch request {
            case .documentBegin(_, let name, let announced):
                #expect(name.text == "photo.jpg")
                #expect(announced.bytes == Int64(size))
                return .value(["handle": "d-1"])
            case .documentAppend(let handle, let chunk):
                #expect(handle.rawValue == "d-1")
                received.withLock { $0 += chunk.bytes.readableBytesView }
                return .value([:])
            default: return .value([:])
            }
        }) { (fixture) async throws in
            let text = String(repeating: "0123456789abcde\n", count: size / 16 + 1).prefix(size)
            write(String(text), to: fixture.folder + "/photo.jpg")
            let run = try await fixture.run(
                "plugin", "call", "exif", "extract", "--tenant", "acme", "--document", fixture.folder + "/photo.jpg")
            #expect(run.status == 0)
            #expect(received.withLock { $0.elementsEqual(text.utf8) })
            #expect(Self.call(fixture.requests.all)?.documents == ["": DocumentHandle(unchecked: "d-1")])
            #expect(fixture.requests.all.contains(.documentFinish(DocumentHandle(unchecked: "d-1"))))
        }
    }

    @Test func `a document of the tenant is named by its id, and not beside a file`() async throws {
        try await CommandFixture.with({ _, _ in .raw(ByteBuffer(string: "{}")) }) { (fixture) async throws in
            let run = try await fixture.run(
                "plugin", "call", "exif", "extract", "--tenant", "acme", "--document-id", "doc-1")
            #expect(run.status == 0, "\(run.errors)")
            let call = Self.call(fixture.requests.all)
            #expect(call?.stored == ["": DocumentID(unchecked: "doc-1")] && call?.documents == [:])
            for more in [["--document-id", "../x"], ["--document-id", "doc-1", "--document", "/etc/hostname"]] {
                let refused = try await fixture.start(["plugin", "call", "exif", "extract", "--tenant", "acme"] + more).outcome
                #expect(refused.status == 64, "\(refused.errors)")
            }
        }
    }

    @Test func `only regular files are documents`() async throws {
        try await CommandFixture.with({ _, _ in .value([:]) }) { (fixture) async throws in
            mkfifo(fixture.folder + "/pipe", 0o600)
            for (path, status) in [(fixture.folder, 65), ("/nonexistent", 66), (fixture.folder + "/pipe", 65)] as [(String, Int32)] {
                let run = try await fixture.run("plugin", "call", "exif", "x", "--tenant", "acme", "--document", path)
                #expect(run.status == status)
            }
            #expect(fixture.requests.all.isEmpty)
        }
    }

    @Test func `run starts a folder and says what it can do`() async throws {
        try await CommandFixture.with({ _, _ in .value(Sample.plugin.json) }) { (fixture) async throws in
            write("depth: 3\nname: deep\n", to: fixture.folder + "/configuration.yaml")
            let run = try await fixture.run(
                "plugin", "run", "/srv//exif/", "--tenant", "acme", "--configuration", fixture.folder + "/configuration.yaml")
            #expect(run.status == 0)
            #expect(run.output == "EXIF metadata 1.0.0 (exif) for acme: ready\n  extract  Reads the metadata.\n")
            _ = try await fixture.run("plugin", "run", "exif", "--tenant", "acme")
            #expect(
                fixture.requests.all == [
                    .pluginRun(Sample.acme, .folder("/srv/exif"), configuration: ["depth": 3, "name": "deep"]),
                    .pluginRun(Sample.acme, .named(Sample.exif.plugin), configuration: nil),
                ])
        }
    }

    @Test func `run says what the plugin may, or that it may nothing`() async throws {
        for (grants, lines) in [
            (["documents read (image/*)", "storage read, write"], "granted  documents read (image/*)\n         storage read, write\n"),
            ([], "granted  nothing\n"),
        ] as [([String], String)] {
            var report = Sample.plugin
            report.grants = grants
            let reply = report.json
            try await CommandFixture.with({ _, _ in .value(reply) }) { (fixture) async throws in
                let run = try await fixture.run("plugin", "run", "/srv/exif", "--tenant", "acme")
                #expect(run.output.hasSuffix("  extract  Reads the metadata.\n" + lines), "\(run.output)")
            }
        }
    }

    @Test func `run with a call leaves only the output on standard output`() async throws {
        try await CommandFixture.with({ request, _ in
            if case .pluginCall = request { return .raw(ByteBuffer(string: #"{"width":640}"#)) }
            return .value(Sample.plugin.json)
        }) { (fixture) async throws in
            let run = try await fixture.run("plugin", "run", "/srv/exif", "--tenant", "acme", "--call", "extract", "--input", "{}")
            #expect(run.status == 0)
            #expect(run.output == "{\"width\":640}\n")
            #expect(run.errors.hasPrefix("EXIF metadata 1.0.0"))
            let quiet = try await fixture.run("plugin", "run", "/srv/exif", "--tenant", "acme", "--call", "extract", "--json")
            #expect(quiet.output == "{\"width\":640}\n")
            #expect(quiet.errors.isEmpty)
        }
    }

    @Test func `logs are printed as they come, and cannot forge a line`() async throws {
        try await CommandFixture.with({ request, stream in
            try await stream.send(LogLine(at: "T1", instance: "1", text: "hello").json)
            try await stream.send(LogLine(at: "T2", instance: "1", level: "warning", text: "a\nb\u{1B}[2J").json)
            if case .pluginLogs(_, follow: true, _) = request { try await Task.sleep(for: .seconds(600)) }
            return .value([:])
        }) { (fixture) async throws in
            let run = try await fixture.run("plugin", "logs", "exif", "--tenant", "acme", "--lines", "7")
            #expect(run.status == 0)
            #expect(run.output == "T1 1 hello\nT2 1 warning: a\\nb\\u{1B}[2J\n")
            #expect(fixture.requests.all == [.pluginLogs(Sample.exif, follow: false, lines: 7)])
            let json = try await fixture.run("plugin", "logs", "exif", "--tenant", "acme", "--json")
            #expect(try json.output.split(separator: "\n").map { try LogLine(JSONValue.parse(String($0))).text } == ["hello", "a\nb\u{1B}[2J"])

            let follower = try fixture.start(["plugin", "logs", "exif", "--tenant", "acme", "--follow"])
            #expect(await eventually { follower.output.contains("T2") })
            kill(follower.process, SIGINT)
            #expect(try await follower.outcome.signal == SIGINT)
        }
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func `an interrupted call is cancelled at the daemon, and the command dies of the signal`(signal: Int32) async throws {
        let cancelled = Mutex(false)
        try await CommandFixture.with({ _, _ in
            do {
                try await Task.sleep(for: .seconds(600))
            } catch {
                cancelled.withLock { $0 = true }
                throw error
            }
            return .value([:])
        }) { (fixture) async throws in
            let call = try fixture.start(["plugin", "call", "exif", "slow", "--tenant", "acme"])
            #expect(await eventually { fixture.requests.all.count == 1 })
            kill(call.process, signal)
            let outcome = try await call.outcome
            #expect(outcome.signal == signal)
            #expect(outcome.output.isEmpty)
            #expect(await eventually { cancelled.withLock { $0 } })
        }
    }

    @Test func `a reader that goes ends the command without a word`() async throws {
        try await CommandFixture.with({ _, stream in
            while true { try await stream.send(LogLine(at: "T", instance: "1", text: "x").json) }
        }) { (fixture) async throws in
            var ends: [Int32] = [0, 0]
            #expect(pipe(&ends) == 0)
            _ = fcntl(ends[0], F_SETFD, FD_CLOEXEC)
            let run = try fixture.start(["plugin", "logs", "exif", "--tenant", "acme", "--follow"], output: ends[1])
            close(ends[1])
            #expect(await eventually { fixture.requests.all.count == 1 })
            close(ends[0])
            let outcome = try await run.outcome
            #expect(outcome.signal == SIGPIPE)
            #expect(outcome.errors.isEmpty)
        }
    }
}
