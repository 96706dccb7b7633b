import Model
import Store
import Testing

@testable import Workflows

/// Looking for runs, repeating many of them, and looking on.
@Suite struct RunSearchTests {
    private static func tool(_ name: String) -> String {
        """
        {"id": "send", "nodes": [
          {"id": "start", "type": "trigger", "config": {"kind": "manual"}, "connections": [{"to": "use"}]},
          {"id": "use", "type": "action", "config": {"kind": "tool", "plugin": "world", "tool": "\(name)", "retry": {"attempts": 1}}}]}
        """
    }

    private func found(_ fixture: EngineFixture, _ change: (inout RunFilter) -> Void) async throws -> [RunID] {
        var filter = RunFilter()
        change(&filter)
        var found: [RunID] = []
        var cursor: String?
        repeat {
            let page = try await fixture.engine.list(filter, limit: 2, after: cursor, for: fixture.tenant)
            found += page.runs.map(\.id)
            cursor = page.next
        } while cursor != nil
        return found
    }

    @Test func `runs are found by what they were given, gave and failed with, and by their time, page by page`() async throws {
        try await EngineFixture.with { fixture in
            try fixture.library.publish(Self.tool("echo"))
            var ids: [RunID] = []
            for name in ["Ada", "Grace", "ada lovelace", "Alan", "Radar"] { ids.append(try await fixture.run("send", #"{"who":"\#(name)"}"#).id) }
            try await fixture.publish(Self.tool("fail"))
            let failed = try await fixture.run("send", #"{"who":"Emmy"}"#)
            #expect(Set(try await found(fixture) { $0.search = "ADA" }) == [ids[0], ids[2], ids[4]])
            #expect(try await found(fixture) { $0.search = "it failed" } == [failed.id])
            #expect(try await found(fixture) { $0.search = failed.id.rawValue } == [failed.id])
            #expect(try await found(fixture) { $0.error = "unreachable" } == [failed.id])
            #expect(try await found(fixture) { $0.error = "other" } == [])
            #expect(try await found(fixture) { $0.since = failed.began + 1 }.count == 0)
            #expect(try await found(fixture) { $0.until = failed.began + 1 }.count == 6)
            #expect(try await found(fixture) { $0.search = "100%_" } == [])
        }
    }

    @Test func `failed runs are repeated together, each once, and what cannot be holds up no other`() async throws {
        try await EngineFixture.with { fixture in
            try fixture.library.publish(Self.tool("fail"))
            var failed: Set<RunID> = []
            for number in 0..<3 { failed.insert(try await fixture.run("send", "\(number)").id) }
            try await fixture.publish(
                #"{"id": "send", "nodes": [{"id": "start", "type": "trigger", "config": {"kind": "manual"}, "connections": [{"to": "other"}]}, {"id": "other", "type": "action", "config": {"kind": "tool", "plugin": "world", "tool": "fail"}}]}"#)
            let other = try await fixture.run("send", "4")
            try await fixture.publish(Self.tool("echo"))
            let (first, next) = try await fixture.engine.replayAll(RunFilter(), from: nil, version: 3, limit: 2, after: nil, for: fixture.tenant)
            let (second, end) = try await fixture.engine.replayAll(RunFilter(), from: nil, version: 3, limit: 2, after: next, for: fixture.tenant)
            #expect(next != nil && end == nil)
            let all = first + second
            #expect(Set(all.map(\.run)) == failed.union([other.id]))
            var repeated: [RunID] = []
            for one in all {
                switch one.outcome {
                case .success(let id): repeated.append(id)
                case .failure(let problem):
                    #expect(one.run == other.id)
                    #expect(problem.message == "node not found: other")
                }
            }
            #expect(repeated.count == 3)
            for id in repeated { #expect(try await fixture.engine.wait(for: id, of: fixture.tenant, within: .seconds(20)).state == .succeeded) }
            let (again, _) = try await fixture.engine.replayAll(RunFilter(), from: nil, version: 3, limit: 10, after: nil, for: fixture.tenant)
            #expect(again.map(\.run) == [other.id])
        }
    }

    @Test func `who reads too slowly begins anew and misses nothing, and too many are refused`() async throws {
        let watch = RunWatch()
        let tenant = TenantID(unchecked: "acme")
        var run = Run(id: .random(), workflow: WorkflowID(unchecked: "a"), version: 1, trigger: NodeID(unchecked: "start"), input: .null, began: 0)
        let slow = try watch.news(of: run.id, in: tenant)
        for number in 0..<200 {
            run.due = Int64(number)
            watch.tell(run, [], in: tenant)
        }
        var seen: [Int64] = []
        for await news in slow { seen.append(news.run.due ?? -1) }
        #expect(seen == Array(0..<64))
        var streams = try (0..<RunWatch.most).map { _ in try watch.news(of: run.id, in: tenant) }
        #expect(throws: Problem.self) { try watch.news(of: run.id, in: tenant) }
        _ = try watch.news(of: run.id, in: TenantID(unchecked: "globex"))
        // Who leaves makes room.
        streams.removeLast()
        #expect(throws: Never.self) { try watch.news(of: run.id, in: tenant) }
    }
}
