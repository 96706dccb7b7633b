import HTTPTypes
import Model
import NIOCore
import Tenancy
import Testing

@testable import Web

struct RouteTests {
    private let table = RouteTable(Routes.all)

    @Test func `every served route is in the document, and the reverse`() throws {
        let document = OpenAPI(Routes.all).json
        var described: Set<String> = []
        for (path, methods) in try #require(document["paths"]?.object) {
            for (method, operation) in methods.object ?? [:] {
                described.insert("\(method.uppercased()) \(path)")
                let segments = path.split(separator: "/").map { $0.hasPrefix("{") ? "some" : String($0) }
                guard let verb = HTTPRequest.Method(method.uppercased()), case .route(let route, _) = table.find(verb, segments) else {
                    Issue.record("not served: \(method) \(path)")
                    continue
                }
                #expect(route.path.description == path)
                #expect(operation["operationId"]?.string == route.operation)
            }
        }
        #expect(described == Set(Routes.all.map { "\($0.method.rawValue) \($0.path)" }))
    }

    @Test func `each operation has a name of its own, and an example that its schema admits`() {
        #expect(Set(Routes.all.map(\.operation)).count == Routes.all.count)
        for route in Routes.all {
            if case .scim(let schema) = route.body {
                // What comes in may have more than the schema names: only what is named must be as it says.
                let names = Set(schema.json(.document)["properties"]?.object?.keys.map { $0 } ?? [])
                #expect(route.example?.object.map { Set($0.keys) } != nil || names.isEmpty, "\(route.operation)")
                continue
            }
            guard case .json(let input) = route.body else {
                #expect(route.example == nil, "\(route.operation)")
                continue
            }
            guard let example = route.example else {
                Issue.record("no example: \(route.operation)")
                continue
            }
            #expect(input.check.violations(in: example).isEmpty, "\(route.operation)")
        }
    }

    @Test func `every reference in the document leads somewhere`() {
        let document = OpenAPI(Routes.all).json
        func walk(_ value: JSONValue) {
            if let reference = value["$ref"]?.string {
                #expect(JSONPointer.resolve(String(reference.dropFirst()), in: document) != nil, "\(reference)")
            }
            for member in value.object.map({ Array($0.values) }) ?? value.array ?? [] { walk(member) }
        }
        walk(document)
    }

    @Test func `what is shown at a path where it may be edited has a tag, and its edits ask for it`() {
        let shown = Set(Routes.all.filter { $0.method == .get }.map(\.path.description))
        // An upload goes on where it stands, as Upload-Offset says; the other is an entry of a catalogue.
        let others: Set = ["/api/uploads/{upload}", "/api/marketplace/plugins/{id}"]
        for route in Routes.all where shown.contains(route.path.description) && !others.contains(route.path.description) {
            switch route.method {
            case .put, .patch, .delete:
                let same = Routes.all.filter { $0.path.description == route.path.description && $0.method != .post }
                let areEditable = same.allSatisfy { $0.isEditable }
                #expect(areEditable, "\(route.path)")
            default: break
            }
        }
    }

    @Test func `the document says where If-Match is asked for, and that it may be refused`() throws {
        let paths = OpenAPI(Routes.all).json["paths"]
        for route in Routes.all where route.isEditable {
            let operation = try #require(paths?[route.path.description]?[route.method.rawValue.lowercased()])
            let success = operation["responses"]?[String(route.reply.status.code)]
            if route.reply.status != .noContent { #expect(success?["headers"]?["ETag"] != nil, "\(route.operation)") }
            guard route.method != .get else { continue }
            let names = operation["parameters"]?.array?.compactMap { $0["name"]?.string } ?? []
            #expect(names.contains("If-Match") && operation["responses"]?["412"] != nil, "\(route.operation)")
        }
    }

    @Test func `only what says nothing of tenants is open to everybody`() {
        let open = Routes.all.filter { $0.access == .everybody }.map(\.operation)
        // What proves a message is the workflow's affair, and what opens a link is its path.
        let others = ["workflow/receive", "workflow/receive-at-host", "workflow/shared", "workflow/shared-at-host"]
        #expect(Set(open) == Set(["health", "ready", "openapi", "login", "invitation/accept"] + others))
    }

    @Test func `a path that opens something is marked as secret, and is below its one place`() {
        for route in Routes.served {
            let isLink = route.path.segments.first == .literal(Routes.linkPlace)
            let names = Set(route.path.parameters)
            #expect(route.hasSecretPath == isLink, "\(route.path)")
            #expect(isLink || names.isDisjoint(with: ["token", "password"]), "\(route.path)")
        }
    }

    @Test func `the root is a page`() throws {
        guard case .route(let route, _) = RouteTable(Routes.served).find(.get, try Target("/").segments) else {
            Issue.record("not found")
            return
        }
        #expect(route.operation == "page/start")
    }

    @Test func `a literal goes before a parameter, and a known path tells its methods`() {
        guard case .route(let route, let parameters) = table.find(.post, ["api", "plugins", "run"]) else {
            Issue.record("not found")
            return
        }
        #expect(route.operation == "plugin/run")
        #expect(parameters.isEmpty)
        guard case .route(let call, let named) = table.find(.post, ["api", "plugins", "run", "call"]) else {
            Issue.record("not found")
            return
        }
        #expect(call.operation == "plugin/call")
        #expect(named == ["plugin": "run"])
        guard case .otherMethods(let methods) = table.find(.patch, ["api", "tenants"]) else {
            Issue.record("not known")
            return
        }
        #expect(methods == [.get, .post])
        guard case .unknown = table.find(.get, ["api"]) else {
            Issue.record("known")
            return
        }
        guard case .route(let head, _) = table.find(.head, ["healthz"]) else {
            Issue.record("not found")
            return
        }
        #expect(head.method == .get)
    }
}
