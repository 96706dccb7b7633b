import Model
import NIOCore
import Supervisor
import Testing
import Wire

@testable import Plugins

/// The dialect against a script of answers: what it asks, in which order, and what it makes of them.
struct MCPDialectTests {
    private static let discovery =
        #"{"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{},"ttlMs":0,"cacheScope":"private"}"#
    private static let initialization = #"{"protocolVersion":"2025-06-18","capabilities":{},"serverInfo":{"name":"x"}}"#

    private final class Talk {
        var dialect: MCPDialect
        var steps: [DialectStep]

        init(_ opening: MCPEra.Opening = .unknown) {
            dialect = MCPDialect(opening: opening, hostVersion: "1")
            steps = dialect.open()
        }

        /// The methods that were asked or told by the last steps.
        var methods: [String] {
            steps.compactMap { step in
                switch step {
                case .ask(_, let message, _), .tell(let message): message.method
                default: nil
                }
            }
        }

        var question: Int? {
            for case .ask(let number, _, _) in steps where number > 0 { return number }
            return nil
        }

        func answer(_ text: String) { hear(.success(ByteBuffer(string: text))) }
        func refuse(_ code: Problem.Code = .invalidInput) { hear(.failure(Problem(code, "refused"))) }
        func silence() { if let question { steps = dialect.handle(.silent(question)) } }

        private func hear(_ result: Result<ByteBuffer, Problem>) {
            if let question { steps = dialect.handle(.answered(question, result)) }
        }

        var failure: String? {
            for case .failed(let reason) in steps { return reason.description }
            return nil
        }
    }

    @Test func `a modern server is asked for its tools at once, each request with its version`() throws {
        let talk = Talk()
        #expect(talk.methods == ["server/discover"])
        talk.answer(Self.discovery)
        #expect(talk.methods == ["tools/list"])
        guard case .ask(_, let message, _) = talk.steps[0] else { throw Problem(.internalFault, "nothing asked") }
        let meta = try JSONValue.parse(Array(message.parameters.readableBytesView))["_meta"]
        #expect(meta?["io.modelcontextprotocol/protocolVersion"] == "2026-07-28")
        #expect(meta?["io.modelcontextprotocol/clientCapabilities"] == [:])
        talk.answer(#"{"tools":[]}"#)
        #expect(talk.steps.contains(.opened))
        #expect(talk.methods == ["subscriptions/listen"])
        #expect(talk.dialect.era == .modern)
    }

    @Test(arguments: [Problem.Code.invalidInput, .unsupported, .pluginFailed, .notFound])
    func `any error to the question of the new era leads to the old one`(code: Problem.Code) {
        let talk = Talk()
        talk.refuse(code)
        #expect(talk.methods == ["initialize"])
        talk.answer(Self.initialization)
        #expect(talk.methods == ["notifications/initialized", "tools/list"])
        talk.answer(#"{"tools":[]}"#)
        #expect(talk.steps.last == .opened)
        #expect(talk.dialect.era == .legacy(version: "2025-06-18"))
    }

    @Test func `silence for five seconds leads to the old era, and a modern answer after that back`() {
        let talk = Talk()
        guard case .ask(let late, _, let patience) = talk.steps[0] else { return #expect(Bool(false)) }
        #expect(patience == .seconds(5))
        talk.silence()
        #expect(talk.methods == ["initialize"])
        guard let initialize = talk.question else { return #expect(Bool(false)) }
        #expect(talk.dialect.handle(.answered(late, .success(ByteBuffer(string: "{}")))) == [])
        #expect(talk.dialect.phase == .initializing)
        talk.steps = talk.dialect.handle(.answered(late, .success(ByteBuffer(string: Self.discovery))))
        #expect(talk.methods == ["tools/list"])
        // The official servers refuse the second opening.
        #expect(talk.dialect.handle(.answered(initialize, .failure(Problem(.invalidInput, "refused")))) == [])
        #expect(talk.dialect.phase == .listing(.modern))
    }

    @Test func `once the old era is agreed on, a late answer to the question of the new one is not heard`() {
        let talk = Talk()
        guard let late = talk.question else { return #expect(Bool(false)) }
        talk.silence()
        talk.answer(Self.initialization)
        #expect(talk.dialect.handle(.answered(late, .success(ByteBuffer(string: Self.discovery)))) == [])
        #expect(talk.dialect.phase == .listing(.legacy(version: "2025-06-18")))
    }

    @Test func `an answer that names no version of ours leads to the old era`() {
        for text in [#"{"supportedVersions":["2099-01-01"]}"#, "{}", #"{"supportedVersions":7}"#] {
            let talk = Talk()
            talk.answer(text)
            #expect(talk.methods == ["initialize"], "\(text)")
        }
    }

    @Test func `a server that is known to be old is not asked for the new era`() {
        let talk = Talk(.legacy)
        #expect(talk.methods == ["initialize"])
        // What is remembered may be wrong: an update can have brought the new era.
        talk.refuse(.unsupported)
        #expect(talk.methods == ["server/discover"])
        talk.answer(Self.discovery)
        #expect(talk.methods == ["tools/list"])
    }

    @Test func `where no version is shared, both sides' are named`() {
        let talk = Talk()
        talk.answer(#"{"supportedVersions":["2099-01-01"]}"#)
        talk.answer(#"{"protocolVersion":"1999-01-01"}"#)
        let failure = talk.failure ?? ""
        for version in ["2099-01-01", "1999-01-01", "2026-07-28", "2024-11-05"] {
            #expect(failure.contains(version), "\(failure)")
        }
    }

    @Test func `pages are followed to their end, and not in a circle`() {
        let talk = Talk(.legacy)
        talk.answer(Self.initialization)
        talk.answer(#"{"tools":[{"name":"a"}],"nextCursor":"2"}"#)
        #expect(talk.methods == ["tools/list"])
        talk.answer(#"{"tools":[{"name":"b"}]}"#)
        #expect(talk.steps.last == .opened)
        #expect(talk.dialect.pages.count == 2)

        let circle = Talk(.legacy)
        circle.answer(Self.initialization)
        circle.answer(#"{"tools":[],"nextCursor":"2"}"#)
        circle.answer(#"{"tools":[],"nextCursor":"2"}"#)
        #expect(circle.failure?.contains("comes twice") == true)
    }

    @Test func `a list is bounded in pages and in bytes`() {
        let talk = Talk(.legacy)
        talk.answer(Self.initialization)
        for page in 0..<200 { talk.answer(#"{"tools":[],"nextCursor":"\#(page)"}"#) }
        #expect(talk.failure?.contains("128 pages") == true)

        let large = Talk(.legacy)
        large.answer(Self.initialization)
        let tools = #"{"tools":[""# + String(repeating: "x", count: 400 << 10) + #""],"nextCursor":"#
        for page in 0..<3 { large.answer(tools + #""\#(page)"}"#) }
        #expect(large.failure?.contains("1MiB") == true, "\(large.failure ?? "none")")
    }

    @Test func `a server that does not know the list has no tools`() {
        let talk = Talk(.legacy)
        talk.answer(Self.initialization)
        talk.refuse(.unsupported)
        #expect(talk.steps.last == .opened)
        #expect(talk.dialect.pages.isEmpty)
    }

    @Test func `however often the tools change, they are fetched again once in a while`() {
        let talk = Talk(.legacy)
        talk.answer(Self.initialization)
        talk.answer(#"{"tools":[]}"#)
        let changed = DialectEvent.notified("notifications/tools/list_changed", nil)
        #expect(talk.dialect.handle(changed) == [.wait(0, MCPDialect.refreshDelay)])
        for _ in 0..<100 { #expect(talk.dialect.handle(changed) == []) }
        talk.steps = talk.dialect.handle(.waited(0))
        #expect(talk.methods == ["tools/list"])
        // One more change while the list is on its way is not lost.
        #expect(talk.dialect.handle(changed) == [])
        talk.answer(#"{"tools":[{"name":"new"}]}"#)
        #expect(talk.steps == [.changed, .wait(0, MCPDialect.refreshDelay)])
        #expect(talk.dialect.pages.count == 1)
    }

    @Test func `a list that cannot be fetched again leaves the old one`() {
        let talk = Talk(.legacy)
        talk.answer(Self.initialization)
        talk.answer(#"{"tools":[{"name":"old"}]}"#)
        _ = talk.dialect.handle(.notified("notifications/tools/list_changed", nil))
        talk.steps = talk.dialect.handle(.waited(0))
        talk.refuse(.pluginFailed)
        guard case .note = talk.steps.first else { return #expect(Bool(false), "\(talk.steps)") }
        #expect(talk.dialect.pages == [ByteBuffer(string: #"{"tools":[{"name":"old"}]}"#)])
    }

    @Test func `only the old era has a ping, and only in it may the server ask`() {
        let old = Talk(.legacy)
        old.answer(Self.initialization)
        #expect(old.dialect.signOfLife?.method == "ping")
        #expect(old.dialect.inbound("ping") == .result(ByteBuffer(string: "{}")))
        #expect(old.dialect.inbound("roots/list") == .unknownMethod)
        #expect(old.dialect.inbound("sampling/createMessage") == .unknownMethod)
        let new = Talk()
        new.answer(Self.discovery)
        #expect(new.dialect.signOfLife?.method == "server/discover")
        guard case .strike = new.dialect.inbound("ping") else { return #expect(Bool(false)) }
    }

    @Test func `a call keeps its arguments' bytes and has its identifier as progress token`() throws {
        let talk = Talk(.legacy)
        talk.answer(Self.initialization)
        let call = DialectMessage(
            "tool/call", ByteBuffer(string: #"{"deadlineMs":1000,"input":{"b":1.0,"a":[ 1 ]},"name":"t\"x"}"#))
        let message = try talk.dialect.request(call, as: .integer(42))
        #expect(message.method == "tools/call")
        #expect(
            String(buffer: message.parameters)
                == #"{"_meta":{"progressToken":42},"arguments":{"b":1.0,"a":[ 1 ]},"name":"t\"x"}"#)
        #expect(throws: Problem.self) {
            try talk.dialect.request(DialectMessage("hook/filter"), as: .integer(1))
        }
    }
}

struct MCPResultTests {
    private func output(_ text: String) throws -> String {
        String(buffer: try MCPResult.output(of: ByteBuffer(string: text)))
    }

    private func problem(_ text: String) -> Problem? {
        do throws(Problem) {
            _ = try MCPResult.output(of: ByteBuffer(string: text))
            return nil
        } catch {
            return error
        }
    }

    @Test func `structured content goes before the list of blocks`() throws {
        #expect(try output(#"{"content":[{"type":"text","text":"3"}],"structuredContent":{"sum":3}}"#) == #"{"output":{"sum":3}}"#)
        #expect(try output(#"{"content":[{"type":"image","data":"aGk="}]}"#) == #"{"output":[{"type":"image","data":"aGk="}]}"#)
        #expect(try output(#"{"content":[],"structuredContent":null}"#) == #"{"output":[]}"#)
    }

    @Test func `a failure carries the server's words, made printable`() {
        let failure = problem(#"{"isError":true,"content":[{"type":"text","text":"no\u001b such"},{"type":"text","text":"table"}]}"#)
        #expect(failure?.code == .pluginFailed)
        #expect(failure?.message == "no\u{FFFD} such table")
        #expect(problem(#"{"isError":true,"content":[]}"#)?.message == "the tool failed without a reason")
        #expect(problem("{}")?.code == .pluginFailed)
    }

    @Test func `a tool that wants a person's answer is told that there is none`() {
        let wanted = problem(
            #"{"resultType":"input_required","inputRequests":{"q":{"method":"elicitation/create","params":{}}}}"#)
        #expect(wanted?.code == .unsupported)
        #expect(wanted?.message.contains("input_required") == true)
        #expect(wanted?.message.contains("elicitation/create") == true)
        #expect(problem(#"{"resultType":"task","content":[]}"#)?.message.contains("task") == true)
    }
}
