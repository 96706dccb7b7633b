import HostTesting
import Model
import Tenancy
import Testing

@testable import Web
@testable import cloister

/// Lists over HTTP, a page at a time.
@Suite(.serialized, .timeLimit(.minutes(5))) struct ListTests {
    /// A list, and how something gets into it and out of it again.
    struct List: Sendable, CustomTestStringConvertible {
        let path: String
        let name: String
        let key: String
        let add: @Sendable (WebFixture, String) async throws -> HTTPReply
        var testDescription: String { path }
    }

    private static let lists = [
        List(path: "/api/tenants", name: "tenants", key: "id") { try await $0.send("POST", "/api/tenants", ["id": .string("z" + $1)]) },
        List(path: "/api/secrets?tenant=acme", name: "secrets", key: "name") {
            try await $0.send("PUT", "/api/secrets/z\($1)?tenant=acme", ["value": "v"])
        },
        List(path: "/api/keys?tenant=acme", name: "keys", key: "id") {
            try await $0.send("POST", "/api/keys?tenant=acme", ["name": .string($1), "scopes": ["plugins:call"]])
        },
        List(path: "/api/invitations?tenant=acme", name: "invitations", key: "id") {
            try await $0.send("POST", "/api/invitations?tenant=acme", ["email": .string($1 + "@example.com"), "role": "member"])
        },
        List(path: "/api/plugins?tenant=acme", name: "plugins", key: "id") {
            try await $0.send("POST", "/api/plugins/run", ["tenant": "acme", "folder": .string(try $0.host.plugin("z" + $1))])
        },
    ]

    private static func remove(_ key: String, from list: List, _ web: WebFixture) async throws -> Int {
        let parts = list.path.split(separator: "?").map(String.init)
        return try await web.send("DELETE", parts[0] + "/\(key)" + (parts.count > 1 ? "?" + parts[1] : "")).status
    }

    private static func page(
        _ list: List, _ web: WebFixture, after cursor: String? = nil
    ) async throws -> (keys: [String], cursor: String?) {
        let mark: Character = list.path.contains("?") ? "&" : "?"
        let answer = try await web.send("GET", list.path + "\(mark)limit=2" + (cursor.map { "&cursor=\($0)" } ?? ""))
        #expect(answer.status == 200, "\(answer.text)")
        let keys = answer.json[list.name]?.array?.compactMap { $0[list.key]?.string } ?? []
        #expect(keys.count <= 2 && (answer.headers["link"] != nil) == (answer.json["cursor"]?.string != nil))
        return (keys, answer.json["cursor"]?.string)
    }

    @Test(arguments: lists) func `pages show each entry once while others come and go`(list: List) async throws {
        try await WebFixture.with { web in
            try await web.host.createTenant()
            for name in ["a", "b", "c", "d", "e", "f"] { #expect(try await list.add(web, name).status < 300) }
            var (before, next): ([String], String?) = ([], nil)
            repeat {
                let page = try await Self.page(list, web, after: next)
                before += page.keys
                next = page.cursor
            } while next != nil
            try #require(before.count >= 6 && Set(before).count == before.count)
            var seen: [String] = []
            repeat {
                let page = try await Self.page(list, web, after: next)
                seen += page.keys
                if next == nil {
                    // What was the last of the page goes, too: its cursor stays good.
                    for key in [before[1], before[3]] { #expect(try await Self.remove(key, from: list, web) == 204) }
                    #expect(try await list.add(web, "zz").status < 300)
                }
                next = page.cursor
            } while next != nil
            #expect(Array(seen.prefix(before.count - 1)) == before.enumerated().filter { $0.offset != 3 }.map(\.element))
            #expect(seen.count == before.count && Set(seen).count == seen.count)
        }
    }

    @Test(arguments: lists) func `a cursor of another list, of another tenant, or damaged is refused`(list: List) async throws {
        try await WebFixture.with { web in
            try await web.host.createTenant()
            for name in ["a", "b", "c"] { #expect(try await list.add(web, name).status < 300) }
            let cursor = try #require(try await Self.page(list, web).cursor)
            let mark: Character = list.path.contains("?") ? "&" : "?"
            for path in ["/api/plans", "/api/documents?tenant=acme", "/api/people?tenant=acme"] {
                let other = path + (path.contains("?") ? "&" : "?") + "cursor=\(cursor)"
                #expect(try await web.send("GET", other).status == 422, "\(other)")
            }
            if list.path.contains("tenant=") {
                _ = try await web.send("POST", "/api/tenants", ["id": "globex"])
                let other = list.path.replacing("acme", with: "globex") + "&cursor=\(cursor)"
                #expect(try await web.send("GET", other).status == 422)
            }
            let flipped = (cursor.first == "0" ? "1" : "0") + cursor.dropFirst()
            for bad in ["zz", "00", String(cursor.dropLast()), String(cursor.dropLast(cursor.count - 16)), flipped, cursor + "ff"] {
                let answer = try await web.send("GET", list.path + "\(mark)cursor=\(bad)")
                #expect(answer.status == 422, "\(bad) \(answer.text)")
            }
            for limit in ["0", "101", "-1", "x", "99999999999999999999"] {
                #expect(try await web.send("GET", list.path + "\(mark)limit=\(limit)").status == 422)
            }
        }
    }
}
