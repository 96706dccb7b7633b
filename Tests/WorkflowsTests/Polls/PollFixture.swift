import Logging
import Model
import Store
import Testing

@testable import Workflows

/// A workflow that a trigger begins which asks: a real definition and real runs on a real store, with times that are told.
struct PollFixture: Sendable {
    static let tenant = LibraryFixture.acme
    static let id = WorkflowID(unchecked: "watch")

    let store: Store
    let library: WorkflowLibrary
    let clock: LibraryFixture.Clock
    let world = World()
    let engine: WorkflowEngine

    /// The clock begins at 2023-11-14T22:13:20Z.
    static func with(isQuiet: Bool = false, _ body: (PollFixture) async throws -> Void) async throws {
        try await LibraryFixture.with { fixture in
            let fixture = PollFixture(fixture, isQuiet: isQuiet)
            try await body(fixture)
            await fixture.engine.stop(within: .zero)
        }
    }

    private init(_ fixture: LibraryFixture, isQuiet: Bool) {
        (store, library, clock) = (fixture.store, fixture.library, fixture.clock)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        engine = WorkflowEngine(
            store, source: library, evaluator: PathEvaluator(world: world), invoker: world, meter: world, logger: logger,
            startsByItself: { _ in !isQuiet })
    }

    static func item(_ number: Int) -> JSONValue { ["id": JSONValue(number)] }

    /// A trigger that asks every five minutes, where `more` says nothing else.
    static func definition(_ more: [String: JSONValue] = [:], settings: JSONValue = [:]) -> JSONValue {
        let config: [String: JSONValue] = [
            "kind": "poll", "plugin": "archive", "tool": "list", "every": "5m", "input": ["since": "${ .cursor }"], "items": ".items",
            "id": ".id", "cursor": ".next",
        ]
        return [
            "id": .string(id.rawValue), "settings": settings,
            "nodes": [
                Definition.node("new", "trigger", .object(config.merging(more) { $1 }.filter { !$0.value.isNull }), to: ["work"]),
                Definition.node("work", "action", ["kind": "join"]),
            ],
        ]
    }

    func publish(_ more: [String: JSONValue] = [:], settings: JSONValue = [:]) async throws {
        let definition = Self.definition(more, settings: settings)
        let draft = try await library.save(definition, for: .change(nil, revision: nil), of: Self.tenant, by: "ann")
        _ = try await library.publish(draft.record.id, of: Self.tenant, by: "ann")
        _ = try await library.setActive(draft.record.id, of: Self.tenant, true)
    }

    /// Has the tool find these, and asks it when it is time.
    func poll(_ items: [JSONValue], next: JSONValue = .null) async {
        world.feed = .success(.inline(JSONValue.object(["items": .array(items), "next": next]).compactText))
        await poll()
    }

    func poll() async { await engine.pollAll(of: Self.tenant, at: clock.now) }

    func state() async throws -> WorkflowLibrary.PollState {
        try #require(try await library.polls(of: Self.id, in: Self.tenant).first)
    }

    /// When it asks next.
    func next() async throws -> String { Timestamp(milliseconds: try await state().next).description }

    /// Moves the clock on to a time.
    func go(to text: String) throws {
        let time = try #require(Moments.milliseconds(text))
        clock.advance(.milliseconds(time - clock.now))
    }

    /// What the runs were begun with.
    func runs() async throws -> [String] {
        try await engine.list(RunFilter(), limit: 100, after: nil, for: Self.tenant).runs.map(\.input.text).sorted()
    }

    var asked: [String] { world.calls.filter { $0.tool == "list" }.map(\.input) }
}
