import Model
import Testing

@Suite struct PermissionMatchingTests {
    private static func permission(
        _ resource: Resource, _ actions: [String]? = nil, _ change: (inout Permission.Conditions) -> Void = { _ in }
    ) -> Permission {
        var conditions = Permission.Conditions()
        change(&conditions)
        return Permission(resource, actions ?? resource.actions, conditions)
    }

    private static let images = permission(.documents, ["read"]) {
        $0.mediaTypes = ["image/*", "application/pdf"]
        $0.maximumSize = .mebibytes(1)
    }

    static let types: [(String, Int64, Bool)] = [
        ("image/jpeg", 10, true), ("IMAGE/PNG", 10, true), ("image/svg+xml; charset=utf-8", 10, true),
        ("application/pdf", 1_048_576, true), ("application/pdf", 1_048_577, false), ("application/pdfx", 10, false),
        ("imagex/jpeg", 10, false), ("text/plain", 10, false), ("image", 10, false),
    ]

    @Test(arguments: types)
    func `a document is allowed by its type and its size`(type: String, size: Int64, allowed: Bool) {
        let subject = PermissionSubject.document(mediaType: type, size: ByteSize(bytes: size))
        #expect([Self.images].allows(.documents, "read", on: subject) == allowed)
        #expect(![Self.images].allows(.documents, "create", on: subject))
        #expect(![Self.images].allows(.storage, "read", on: subject))
    }

    static let names: [([String], String, Bool)] = [
        (["mail.key"], "mail.key", true), (["mail.key"], "mail.keys", false), (["mail-*"], "mail-a", true),
        (["mail-*"], "mail-", true), (["mail-*"], "mail", false), (["*"], "anything", true), ([], "anything", false),
    ]

    @Test(arguments: names)
    func `a name is allowed exactly, or by its beginning`(names: [String], name: String, allowed: Bool) {
        let permission = Self.permission(.secrets) { $0.names = names }
        #expect([permission].allows(.secrets, "read", on: .name(name)) == allowed)
    }

    @Test(arguments: ["a b", "a\\u0013", "*a", "", "ä"]) func `what is no name cannot be asked for`(name: String) {
        let text = "{resource: secrets, actions: [read], conditions: {names: [\"\(name)\"]}}"
        var problems = ProblemList()
        let permission = (try? YAMLNode.load(text: text, named: "x.yaml").mapping).flatMap { mapping in
            var members = mapping
            return Permission(&members, &problems)
        }
        #expect(permission == nil && problems.count == 1)
    }

    @Test func `keys are allowed below a prefix, byte by byte`() {
        let permission = Self.permission(.storage, ["read"]) { $0.pathPrefix = "cache/" }
        #expect([permission].allows(.storage, "read", on: .key("cache/a")))
        #expect(![permission].allows(.storage, "read", on: .key("cach")))
        #expect(![permission].allows(.storage, "write", on: .key("cache/a")))
        // The same letter in two spellings is two keys.
        let accent = Self.permission(.storage) { $0.pathPrefix = "\u{E9}" }
        #expect(![accent].allows(.storage, "read", on: .key("e\u{301}")))
    }

    @Test(arguments: [
        ("api.example.org", 443, "GET", true), ("API.Example.ORG.", 443, "GET", true), ("api.example.org", 80, "GET", false),
        ("api.example.org", 443, "POST", false), ("example.org", 443, "GET", false), ("evilexample.org", 443, "GET", false),
        ("a.b.example.org", 443, "GET", true), (".example.org", 443, "GET", false), ("192.0.2.7", 443, "GET", true),
        ("[::1]", 443, "GET", true), ("::2", 443, "GET", false), ("example.org.evil.test", 443, "GET", false),
    ])
    func `an endpoint is allowed by host, port and method together`(host: String, port: Int, method: String, allowed: Bool) {
        let permission = Self.permission(.network) {
            $0.hosts = ["*.example.org", "192.0.2.7", "[::1]"]
            $0.ports = [443]
            $0.methods = ["GET"]
        }
        #expect([permission].allows(.network, "connect", on: .endpoint(host: host, port: port, method: method)) == allowed)
    }

    @Test(arguments: [(80, true), (443, true), (8443, false), (25, false), (1, false)])
    func `without ports a permission means 80 and 443`(port: Int, allowed: Bool) {
        let permission = Self.permission(.network) { $0.hosts = ["a.test"] }
        #expect([permission].allows(.network, "connect", on: .endpoint(host: "a.test", port: port, method: "GET")) == allowed)
    }

    @Test func `a tunnel is refused where methods are limited, as nobody sees them there`() {
        let limited = Self.permission(.network) { ($0.hosts, $0.methods) = (["a.test"], ["GET"]) }
        let open = Self.permission(.network) { $0.hosts = ["a.test"] }
        let tunnel = PermissionSubject.endpoint(host: "a.test", port: 443, method: nil)
        #expect(![limited].allows(.network, "connect", on: tunnel))
        #expect([open].allows(.network, "connect", on: tunnel))
    }

    @Test func `a permission reads back as it was written, and a condition that is not understood is refused`() throws {
        var all = Self.images
        all.conditions.names = ["a", "b*"]
        all.conditions.ports = [1, 65_535]
        all.conditions.methods = ["GET"]
        all.conditions.hosts = ["*.a.test"]
        all.conditions.pathPrefix = "x/"
        #expect(Permission(all.json) == all)
        #expect(Permission(["resource": "documents", "actions": ["read"], "conditions": ["colour": "red"]]) == nil)
        #expect(Permission(["resource": "documents", "actions": ["fly"], "conditions": [:]]) == nil)
        #expect(Permission(["resource": "documents", "actions": [], "conditions": [:]]) == nil)
    }

    private static func documents(_ types: [String]?, _ size: ByteSize? = nil, _ actions: [String] = ["read"]) -> Permission {
        permission(.documents, actions) { ($0.mediaTypes, $0.maximumSize) = (types, size) }
    }

    static let differences: [(String, [Permission], [Permission], PermissionDifference.Direction)] = [
        ("nothing and nothing", [], [], .same),
        ("the same in another order", [documents(["a/b", "c/d"])], [documents(["c/d", "a/b"])], .same),
        ("two permissions for one list", [documents(["a/b"]), documents(["c/d"])], [documents(["a/b", "c/d"])], .same),
        ("a new action", [documents(nil)], [documents(nil, nil, ["read", "delete"])], .widened),
        ("a new type", [documents(["a/b"])], [documents(["a/b", "c/d"])], .widened),
        ("a pattern for its example", [documents(["image/jpeg"])], [documents(["image/*"])], .widened),
        ("an example for its pattern", [documents(["image/*"])], [documents(["image/jpeg"])], .narrowed),
        ("a condition falls", [documents(["a/b"])], [documents(nil)], .widened),
        ("a condition comes", [documents(nil)], [documents(["a/b"])], .narrowed),
        ("a larger size", [documents(nil, .mebibytes(1))], [documents(nil, .mebibytes(2))], .widened),
        ("a smaller size", [documents(nil, .mebibytes(2))], [documents(nil, .mebibytes(1))], .narrowed),
        ("no size any more", [documents(nil, .mebibytes(2))], [documents(nil)], .widened),
        ("something else", [documents(["a/b"])], [permission(.storage)], .widened),
        ("nothing any more", [documents(nil)], [], .narrowed),
        (
            "another port", [permission(.network) { ($0.hosts, $0.ports) = (["a"], [443]) }],
            [permission(.network) { ($0.hosts, $0.ports) = (["a"], [443, 80]) }], .widened
        ),
        (
            "a port beside the ordinary ones", [permission(.network) { $0.hosts = ["a"] }],
            [permission(.network) { ($0.hosts, $0.ports) = (["a"], [8443]) }], .widened
        ),
        (
            "the ordinary ports by name", [permission(.network) { $0.hosts = ["a"] }],
            [permission(.network) { ($0.hosts, $0.ports) = (["a"], [443, 80]) }], .same
        ),
        (
            "one of the ordinary ports", [permission(.network) { $0.hosts = ["a"] }],
            [permission(.network) { ($0.hosts, $0.ports) = (["a"], [443]) }], .narrowed
        ),
        (
            "another spelling of a host", [permission(.network) { $0.hosts = ["a.test"] }],
            [permission(.network) { $0.hosts = ["A.test."] }], .same
        ),
        (
            "a host below a pattern", [permission(.network) { $0.hosts = ["*.a.test"] }],
            [permission(.network) { $0.hosts = ["b.a.test"] }], .narrowed
        ),
    ]

    @Test(arguments: differences)
    func `two sets of permissions are compared by what they allow`(
        name: String, old: [Permission], new: [Permission], direction: PermissionDifference.Direction
    ) {
        let difference = PermissionDifference(from: old, to: new)
        #expect(difference.direction == direction, "\(name): \(difference)")
        let back = PermissionDifference(from: new, to: old)
        #expect(back.added == difference.removed && back.removed == difference.added)
    }

    @Test(arguments: differences)
    func `what two sets have in common is within both, and is the narrower where one lies within the other`(
        name: String, old: [Permission], new: [Permission], direction: PermissionDifference.Direction
    ) {
        let (both, back) = (old.limited(to: new), new.limited(to: old))
        #expect(PermissionDifference(from: old, to: both).added.isEmpty && PermissionDifference(from: new, to: both).added.isEmpty, "\(name): \(both)")
        #expect(PermissionDifference(from: both, to: back).direction == .same, "\(name): \(both) and \(back)")
        switch direction {
        case .same: #expect(both == old, "\(name): \(both)")
        case .narrowed: #expect(PermissionDifference(from: new, to: both).direction == .same, "\(name): \(both)")
        case .widened: break
        }
    }

    @Test func `conditions of both sides hold where neither lies within the other`() {
        func text(_ some: Permission, _ other: Permission) -> [String] { [some].limited(to: [other]).map(\.description) }
        #expect(text(Self.documents(["image/*", "text/plain"]), Self.documents(["image/png"], .mebibytes(1))) == ["documents read (image/png; up to 1MiB)"])
        #expect(text(Self.documents(["image/*"], .mebibytes(1)), Self.documents(["image/png", "a/b"], .mebibytes(2))) == ["documents read (image/png; up to 1MiB)"])
        #expect(text(Self.documents(["image/*"]), Self.documents(["text/*"])).isEmpty)
        #expect(text(Self.permission(.storage), Self.documents(nil)).isEmpty)
        let (some, other) = (
            Self.permission(.network) { ($0.hosts, $0.ports) = (["*.a.test", "b.test"], [443, 8443]) },
            Self.permission(.network) { ($0.hosts, $0.methods) = (["x.a.test", "*.b.test"], ["GET"]) }
        )
        let both = [some].limited(to: [other])
        #expect(both.map(\.conditions.hosts) == [["x.a.test"]] && both.first?.conditions.reachablePorts == [443])
        #expect(both.first?.conditions.methods == ["GET"])
        let (wide, deep) = (
            Self.permission(.storage) { $0.pathPrefix = "a/" }, Self.permission(.storage) { $0.pathPrefix = "a/b/" }
        )
        #expect([wide].limited(to: [deep]) == [deep] && [deep].limited(to: [wide]) == [deep])
        #expect([deep].limited(to: [Self.permission(.storage) { $0.pathPrefix = "c" }]).isEmpty)
    }

    @Test func `a difference names what is new`() {
        let difference = PermissionDifference(from: [Self.documents(["a/b"])], to: [Self.documents(["a/b", "c/d"], .mebibytes(1))])
        #expect(difference.added.map(\.description) == ["documents read (c/d; up to 1MiB)"])
        #expect(difference.removed.map(\.description) == ["documents read (a/b)"])
    }
}
