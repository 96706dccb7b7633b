import Model
import Store
import Tenancy
import Testing

@testable import Web
@testable import cloister

/// Directories over HTTP.
@Suite(.serialized, .timeLimit(.minutes(5))) struct SCIMTests {
    private static let scim = ["Content-Type: application/scim+json"]

    @Test func `a directory makes, finds, changes, puts to rest and removes a person, and the log knows`() async throws {
        try await WebFixture.with { (web) async throws in
            try await web.host.createTenant()
            let key = try await web.key([.peopleProvision], tenant: web.host.tenant)
            let made = try await Self.send(web, "POST", "/scim/v2/Users", Self.person("ada"), key)
            #expect(made.status == 201 && made.headers["content-type"] == "application/scim+json", "\(made.text)")
            let id = made.json["id"]?.string ?? ""
            #expect(made.headers["location"] == "http://localhost/scim/v2/Users/\(id)")
            #expect(made.json["meta"]?["version"]?.string == made.headers["etag"])
            #expect(try await web.send("GET", "/api/people?tenant=acme").json["people"]?.array?.first?["email"] == "ada@example.com")
            let twice = try await Self.send(web, "POST", "/scim/v2/Users", Self.person("ada"), key)
            #expect(twice.status == 409 && twice.json["scimType"] == "uniqueness", "\(twice.text)")
            let found = try await Self.send(web, "GET", "/scim/v2/Users?filter=userName%20eq%20%22ADA%22", nil, key)
            #expect(found.json["totalResults"] == 1 && found.json["Resources"]?.array?.first?["id"]?.string == id, "\(found.text)")
            let patch = Self.patch(["op": "replace", "path": "active", "value": false])
            let stale = try await Self.send(web, "PATCH", "/scim/v2/Users/\(id)", patch, key, ["If-Match: \"old\""])
            #expect(stale.status == 412 && stale.json["status"] == "412")
            let tag = made.headers["etag"] ?? ""
            let resting = try await Self.send(web, "PATCH", "/scim/v2/Users/\(id)", patch, key, ["If-Match: \(tag)"])
            #expect(resting.status == 200 && resting.json["active"] == false && resting.headers["etag"] != tag, "\(resting.text)")
            let put = try await Self.send(web, "PUT", "/scim/v2/Users/\(id)", Self.person("countess"), key)
            // Who does not mention it wakes nobody.
            #expect(put.json["userName"] == "countess" && put.json["active"] == false)
            let awake = try await Self.send(web, "PATCH", "/scim/v2/Users/\(id)", Self.patch(["op": "replace", "path": "active", "value": true]), key)
            #expect(awake.json["active"] == true, "\(awake.text)")
            let none = try await Self.send(web, "GET", "/scim/v2/Users?filter=id%20eq%20%22no%20id%22", nil, key)
            #expect(none.status == 200 && none.json["totalResults"] == 0, "\(none.text)")
            #expect(try await Self.send(web, "DELETE", "/scim/v2/Users/\(id)", nil, key).status == 204)
            let gone = try await Self.send(web, "GET", "/scim/v2/Users/\(id)", nil, key)
            #expect(gone.status == 404 && gone.json["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"])
            let log = try await web.send("GET", "/api/audit?tenant=acme").json["entries"]?.array ?? []
            let done = log.filter { $0["kind"] == "outcome" && $0["outcome"] == "done" && $0["subject"]?.string == id }
            #expect(
                done.compactMap { $0["method"]?.string }
                    == ["scim/users/delete", "scim/users/change", "scim/users/replace", "scim/users/change", "scim/users/create"], "\(log)")
            #expect(done.allSatisfy { $0["principal"]?.string?.hasPrefix("key key-") == true })
        }
    }

    @Test func `whoever is put to rest has no session and no key any more`() async throws {
        try await WebFixture.with { (web) async throws in
            try await web.host.createTenant()
            let owner = try await Browser.open(web, "ada@example.com", .owner, tenant: "acme")
            let admin = try await Browser.open(web, "bob@example.com", .admin, tenant: "acme")
            let text = try await admin.send("POST", "/api/keys", ["name": "ci", "scopes": ["plugins:read"]]).json["text"]?.string ?? ""
            #expect(try await web.send("GET", "/api/plugins", key: text).status == 200)
            let key = try await web.key([.peopleProvision], tenant: web.host.tenant)
            let patch = Self.patch(["op": "replace", "value": ["active": false]])
            #expect(try await Self.send(web, "PATCH", "/scim/v2/Users/\(admin.id)", patch, key).status == 200)
            #expect(try await admin.send("GET", "/api/me").status == 401)
            #expect(try await web.send("GET", "/api/plugins", key: text).status == 401)
            #expect(try await Self.send(web, "PATCH", "/scim/v2/Users/\(owner.id)", patch, key).status == 403)
            let wide = try await web.key([.peopleProvision, .ownersWrite], tenant: web.host.tenant)
            let last = try await Self.send(web, "PATCH", "/scim/v2/Users/\(owner.id)", patch, wide)
            #expect(last.status == 409 && last.json["scimType"] == "mutability", "\(last.text)")
            #expect(try await Self.send(web, "DELETE", "/scim/v2/Users/\(owner.id)", nil, wide).status == 409)
            #expect(try await owner.send("GET", "/api/me").status == 200)
        }
    }

    @Test func `a group gives its role, and another tenant's persons and groups are nobody's here`() async throws {
        try await WebFixture.with { (web) async throws in
            for id in ["acme", "globex"] { _ = try await web.host.daemon.store.createTenant(TenantID(unchecked: id)) }
            let key = try await web.key([.peopleProvision], tenant: TenantID(unchecked: "acme"))
            let foreign = try await web.key([.peopleProvision], tenant: TenantID(unchecked: "globex"))
            let id = try await Self.send(web, "POST", "/scim/v2/Users", Self.person("ada"), key).json["id"]?.string ?? ""
            let group: JSONValue = ["schemas": [.string(SCIMSchema.group.id)], "displayName": "Admin", "members": [["value": .string(id)]]]
            let made = try await Self.send(web, "POST", "/scim/v2/Groups", group, key)
            #expect(made.status == 201 && made.json[SCIMSchema.role.id] == ["role": "admin"], "\(made.text)")
            let person = try await Self.send(web, "GET", "/scim/v2/Users/\(id)", nil, key)
            #expect(person.json["roles"] == [["value": "admin"]])
            #expect(person.json["groups"]?.array?.first?["display"] == "Admin")
            let path = "/scim/v2/Groups/\(made.json["id"]?.string ?? "")"
            for other in ["/scim/v2/Users/\(id)", path] {
                for method in ["GET", "DELETE"] { #expect(try await Self.send(web, method, other, nil, foreign).status == 404) }
                #expect(try await Self.send(web, "GET", other + "?tenant=acme", nil, foreign).status == 403)
            }
            #expect(try await Self.send(web, "POST", "/scim/v2/Groups", group, foreign).status == 400)
            let without = try await Self.send(web, "GET", "/scim/v2/Groups?excludedAttributes=members", nil, key)
            #expect(without.json["Resources"]?.array?.first?["members"] == nil)
            // Another name is no other role, and a role is taken only by saying so.
            var named: [String: JSONValue] = ["displayName": "Auditor", "members": [["value": .string(id)]]]
            let kept = try await Self.send(web, "PUT", path, .object(named), key)
            #expect(kept.json["displayName"] == "Auditor" && kept.json[SCIMSchema.role.id] == ["role": "admin"], "\(kept.text)")
            named[SCIMSchema.role.id] = ["role": .null]
            let bare = try await Self.send(web, "PUT", path, .object(named), key)
            #expect(bare.status == 200 && bare.json[SCIMSchema.role.id] == nil, "\(bare.text)")
            #expect(try await Self.send(web, "PUT", path, .object(named.filter { $0.key == "displayName" }), key).json[SCIMSchema.role.id] == nil)
            #expect(try await Self.send(web, "DELETE", path, nil, key).status == 204)
            let after = try await Self.send(web, "GET", "/scim/v2/Users/\(id)?attributes=roles", nil, key)
            #expect(after.json["roles"] == [["value": "member"]] && after.json["userName"] == nil)
        }
    }

    @Test func `lists are counted from one, and hold a hundred at most`() async throws {
        try await WebFixture.with { (web) async throws in
            try await web.host.createTenant()
            let key = try await web.key([.peopleProvision], tenant: web.host.tenant)
            for number in 0..<5 { #expect(try await Self.send(web, "POST", "/scim/v2/Users", Self.person("p\(number)"), key).status == 201) }
            func names(_ query: String) async throws -> [String] {
                let reply = try await Self.send(web, "GET", "/scim/v2/Users?\(query)", nil, key)
                #expect(reply.json["totalResults"] == 5, "\(reply.text)")
                return reply.json["Resources"]?.array?.compactMap { $0["userName"]?.string } ?? []
            }
            #expect(try await names("startIndex=2&count=2") == ["p1", "p2"])
            #expect(try await names("startIndex=-3&count=1000000").count == 5)
            #expect(try await names("count=-1").isEmpty)
            #expect(try await names("startIndex=9223372036854775807").isEmpty)
            #expect(try await names("startIndex=4&filter=active%20eq%20true") == ["p3", "p4"])
        }
    }

    @Test func `what is hostile or wrong is refused in the words of directories`() async throws {
        try await WebFixture.with { (web) async throws in
            try await web.host.createTenant()
            let key = try await web.key([.peopleProvision], tenant: web.host.tenant)
            func refused(_ method: String, _ path: String, _ body: String?) async throws -> JSONValue {
                let reply = try await web.send(method, path, bytes: body.map { Array($0.utf8) }, key: key, headers: Self.scim)
                #expect(reply.status == 400 && reply.headers["content-type"] == "application/scim+json", "\(path) \(body ?? ""): \(reply.text)")
                return reply.json["scimType"] ?? .null
            }
            let deep = String(repeating: "[", count: 5000)
            for body in ["", "[]", "{", deep, #"{"userName":"a","USERNAME":"b"}"#, "{\"userName\":\"\u{1}\"}"] {
                _ = try await refused("POST", "/scim/v2/Users", body)
            }
            let schema = SCIMSchema.user.id
            for (body, type) in [
                (#"{"userName":7}"#, "invalidValue"), (#"{}"#, "invalidValue"), (#"{"userName":"ada"}"#, "invalidValue"),
                (#"{"schemas":"\#(schema)","userName":"ada@example.com"}"#, "invalidSyntax"),
                (#"{"schemas":["urn:x"],"userName":"ada@example.com"}"#, "invalidValue"),
                (#"{"userName":"a@example.com","emails":[null]}"#, "invalidValue"),
                (#"{"userName":"a@example.com","emails":[{"type":"work"}]}"#, "invalidValue"),
                (#"{"userName":"a@example.com","displayName":"two\nlines"}"#, "invalidValue"),
                (#"{"userName":"a@example.com","name":{"givenName":"\#(String(repeating: "x", count: 5000))"}}"#, "invalidValue"),
            ] { #expect(try await refused("POST", "/scim/v2/Users", body) == .string(type), "\(body.prefix(80))") }
            #expect(try await refused("GET", "/scim/v2/Users?filter=userName%20is", nil) == "invalidFilter")
            #expect(try await refused("GET", "/scim/v2/Users?filter=" + String(repeating: "(", count: 1000), nil) == "invalidFilter")
            #expect(try await refused("GET", "/scim/v2/Users?count=many", nil) == "invalidValue")
            let text = try await web.send("POST", "/scim/v2/Users", bytes: [123, 125], key: key, headers: ["Content-Type: text/plain"])
            #expect(text.status == 415 && text.json["status"] == "415")
            let unknown = try await web.send("GET", "/scim/v2/Nothing", key: key)
            #expect(unknown.status == 404 && unknown.json["schemas"] != nil)
            #expect(try await web.send("POST", "/scim/v2/Schemas", key: key).status == 405)
            #expect(try await web.send("GET", "/scim/v2/Me", key: key).status == 501)
            #expect(try await web.send("GET", "/scim/v2/Users", key: "").json["status"] == "401")
            #expect(try await web.send("GET", "/scim/v2/Users").status == 400)
        }
    }

    private static func person(_ name: String) -> JSONValue {
        ["schemas": [.string(SCIMSchema.user.id)], "userName": .string(name), "emails": [["value": .string("\(name)@example.com")]]]
    }

    private static func patch(_ operation: JSONValue) -> JSONValue {
        ["schemas": [.string(SCIMPatch.schema)], "Operations": [operation]]
    }

    private static func send(
        _ web: WebFixture, _ method: String, _ path: String, _ body: JSONValue?, _ key: String, _ headers: [String] = []
    ) async throws -> HTTPReply {
        try await web.send(method, path, bytes: body?.bytes, key: key, headers: headers + (body == nil ? [] : scim))
    }
}
