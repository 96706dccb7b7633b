import Model
import Testing

@testable import Plugins

/// The rules of WordPress' hooks (class-wp-hook.php), on values alone.
@Suite struct HookRegistryTests {
    private static func attachment(_ name: String, _ priority: Int = 10, event: String = "e") -> HookRegistry.Attachment {
        HookRegistry.Attachment(
            Manifest.Hook(event: event, handler: name, kind: .filter, priority: priority), of: PluginID(unchecked: "p"))
    }

    private static func registry(_ attachments: [(String, Int)]) -> HookRegistry {
        var registry = HookRegistry()
        for (name, priority) in attachments { registry.attach(attachment(name, priority)) }
        return registry
    }

    /// Runs an event to its end; `during` may change the registry after each handler.
    private func run(
        _ registry: inout HookRegistry, _ during: (String, inout HookRegistry) -> Void = { _, _ in }
    ) -> [String] {
        var cursor = HookCursor("e")
        var order: [String] = []
        while let next = cursor.next(in: registry) {
            order.append(next.handler.name)
            during(next.handler.name, &registry)
            guard order.count < 50 else { break }
        }
        return order
    }

    static let orders: [(String, [(String, Int)], [String])] = [
        ("lower priorities first", [("c", 20), ("a", 5), ("b", 10)], ["a", "b", "c"]),
        ("equals as they came", [("b", 10), ("a", 10), ("c", 10)], ["b", "a", "c"]),
        ("the same again keeps its place", [("a", 10), ("b", 10), ("a", 10)], ["a", "b"]),
        ("the same at another priority stands twice", [("a", 10), ("a", 5)], ["a", "a"]),
        ("negative, zero and large priorities", [("z", 1_000_000), ("m", 0), ("a", -1_000_000)], ["a", "m", "z"]),
        ("nothing", [], []),
    ]

    @Test(arguments: orders)
    func `handlers run in their order`(name: String, attachments: [(String, Int)], order: [String]) {
        var registry = Self.registry(attachments)
        #expect(run(&registry) == order, "\(name)")
        #expect(registry.handlers(of: "e").map(\.handler.name) == order, "\(name)")
    }

    @Test func `removal needs the exact priority`() {
        var registry = Self.registry([("a", 10), ("b", 10)])
        let a = Self.attachment("a").handler
        let firstChange = registry.detach(a, from: "e", priority: 11)
        #expect(!firstChange)
        let secondChange = registry.detach(a, from: "other", priority: 10)
        #expect(!secondChange)
        let thirdChange = registry.detach(a, from: "e", priority: 10)
        #expect(thirdChange)
        let fourthChange = registry.detach(a, from: "e", priority: 10)
        #expect(!fourthChange)
        #expect(run(&registry) == ["b"])
        let fifthChange = registry.detach(Self.attachment("b").handler, from: "e", priority: 10)
        #expect(fifthChange)
        #expect(registry.names.isEmpty)
    }

    @Test func `a handler is found by its priority, and 0 is one`() {
        let registry = Self.registry([("a", 0), ("a", 20)])
        #expect(registry.priority(of: Self.attachment("a").handler, at: "e") == 0)
        #expect(registry.priority(of: Self.attachment("b").handler, at: "e") == nil)
    }

    @Test func `a later priority that comes during the run does run`() {
        var registry = Self.registry([("a", 10), ("b", 20)])
        let order = run(&registry) { name, registry in
            if name == "a" { registry.attach(Self.attachment("late", 15)) }
            if name == "b" { registry.attach(Self.attachment("last", 30)) }
        }
        #expect(order == ["a", "late", "b", "last"])
    }

    @Test func `an earlier priority that comes during the run does not run`() {
        var registry = Self.registry([("a", 10), ("b", 20)])
        #expect(run(&registry) { name, registry in registry.attach(Self.attachment("early-\(name)", 5)) } == ["a", "b"])
    }

    @Test func `changes at the running priority do not matter to the pass under way`() {
        var registry = Self.registry([("a", 10), ("b", 10), ("c", 20)])
        let order = run(&registry) { name, registry in
            guard name == "a" else { return }
            registry.attach(Self.attachment("x", 10))
            registry.detach(Self.attachment("b").handler, from: "e", priority: 10)
        }
        #expect(order == ["a", "b", "c"])
        #expect(run(&registry) == ["a", "x", "c"])
    }

    @Test func `a later handler that goes during the run does not run`() {
        var registry = Self.registry([("a", 10), ("b", 20), ("c", 30)])
        let order = run(&registry) { name, registry in
            if name == "a" { registry.detach(Self.attachment("b").handler, from: "e", priority: 20) }
        }
        #expect(order == ["a", "c"])
    }

    @Test func `a run within a run has a cursor of its own`() {
        var registry = Self.registry([("a", 10), ("b", 20)])
        var inner: [String] = []
        let outer = run(&registry) { name, registry in
            guard name == "a" else { return }
            inner = run(&registry)
        }
        #expect(inner == ["a", "b"] && outer == ["a", "b"])
    }

    @Test func `a plugin's handlers are replaced as a whole, and those that stay keep their place`() {
        var registry = Self.registry([("a", 10), ("gone", 10)])
        registry.attach(HookRegistry.Attachment(Manifest.Hook(event: "e", handler: "other", kind: .filter), of: PluginID(unchecked: "q")))
        registry.set(
            [
                Manifest.Hook(event: "e", handler: "new", kind: .filter), Manifest.Hook(event: "e", handler: "a", kind: .action),
                Manifest.Hook(event: "f", handler: "a", kind: .filter),
            ], of: PluginID(unchecked: "p"))
        #expect(registry.handlers(of: "e").map(\.handler.name) == ["a", "other", "new"])
        #expect(registry.handlers(of: "e")[0].hook.kind == .action)
        registry.set([], of: PluginID(unchecked: "p"))
        #expect(registry.names == ["e"] && registry.handlers(of: "e").map(\.handler.plugin.rawValue) == ["q"])
    }

    @Test func `five failures within ten minutes set a handler aside until it is brought back`() {
        var health = HookHealth()
        let key = HookHealth.Key(Self.attachment("a"))
        let other = HookHealth.Key(Self.attachment("b"))
        let early = (0..<4).map { health.failed(key, because: "no", at: .seconds($0)) }
        let ofAnother = health.failed(other, because: "no", at: .seconds(4))
        #expect(!early.contains(true) && !ofAnother)
        #expect(health.verdict(on: key) == nil)
        let last = health.failed(key, because: "late", at: .seconds(5))
        #expect(last)
        #expect(health.verdict(on: key) == "late" && health.verdict(on: other) == nil)
        let unknown = health.restore(PluginID(unchecked: "p"), handler: "b")
        let known = health.restore(PluginID(unchecked: "p"))
        #expect(unknown == 0 && known == 1)
        #expect(health.verdict(on: key) == nil)
        let afterwards = health.failed(key, because: "no", at: .seconds(6))
        #expect(!afterwards)
    }

    @Test func `failures that lie far apart set nobody aside`() {
        var health = HookHealth()
        let key = HookHealth.Key(Self.attachment("a"))
        let verdicts = (0..<50).map { health.failed(key, because: "no", at: .seconds($0 * 151)) }
        #expect(!verdicts.contains(true))
    }
}
