import Control
import Crypto
import GRDB
import Glibc
import HostTesting
import Model
import NIOCore
import Plugins
import Store
import Tenancy
import Testing

@testable import Web
@testable import cloister

/// Documents in more than one request, over real sockets, a real database and real files.
@Suite(.serialized, .timeLimit(.minutes(5))) struct UploadTests {
    private static let partial = "Content-Type: application/partial-upload"

    private static func create(_ web: WebFixture, _ members: JSONValue) async throws -> String {
        let made = try await web.send("POST", "/api/uploads?tenant=acme", members)
        #expect(made.status == 201, "\(made.text)")
        return made.json["upload"]?.string ?? ""
    }

    private static func append(
        _ web: WebFixture, _ id: String, _ bytes: [UInt8], at offset: String, last: Bool = false
    ) async throws -> HTTPReply {
        try await web.send(
            "PATCH", "/api/uploads/\(id)?tenant=acme", bytes: bytes,
            headers: [partial, "Upload-Offset: \(offset)", "Upload-Complete: \(last ? "?1" : "?0")"])
    }

    private static func offset(_ web: WebFixture, _ id: String) async throws -> String? {
        try await web.send("HEAD", "/api/uploads/\(id)?tenant=acme").headers["upload-offset"]
    }

    @Test func `a document comes in parts, and the last part makes it`() async throws {
        try await WebFixture.with { web in
            try await web.host.createTenant()
            let content = (0..<900_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            let digest = BlobDigest(Array(SHA256.hash(data: content))).hexadecimal
            let made = try await web.send(
                "POST", "/api/uploads?tenant=acme", ["name": "a.bin", "size": 900_000, "sha256": .string(digest)])
            #expect(made.status == 201, "\(made.text)")
            let id = made.json["upload"]?.string ?? ""
            #expect(made.headers["location"] == "/api/uploads/\(id)")
            #expect(made.headers["upload-complete"] == "?0")
            #expect(made.headers["upload-length"] == "900000")
            #expect(made.headers["upload-limit"]?.contains("max-age=86400") == true)
            let first = try await Self.append(web, id, Array(content[..<500_000]), at: "0")
            #expect(first.status == 204, "\(first.text)")
            #expect(first.headers["upload-offset"] == "500000")
            #expect(try await Self.offset(web, id) == "500000")
            let last = try await Self.append(web, id, Array(content[500_000...]), at: "500000", last: true)
            #expect(last.status == 201, "\(last.text)")
            #expect(last.headers["upload-complete"] == "?1")
            let document = last.json["document"]?.string ?? ""
            #expect(last.headers["location"] == "/api/documents/\(document)")
            #expect(try await web.send("GET", "/api/documents/\(document)/content?tenant=acme").body == content)
            // Whoever did not hear the answer asks again.
            let shown = try await web.send("GET", "/api/uploads/\(id)?tenant=acme")
            #expect(shown.json["document"]?.string == document)
            #expect(shown.headers["upload-complete"] == "?1")
            let again = try await web.send("POST", "/api/uploads/\(id)/finish?tenant=acme")
            #expect(again.json["document"]?.string == document, "\(again.text)")
            let more = try await Self.append(web, id, [1], at: "900000")
            #expect(more.status == 400)
            #expect(more.json["type"] == "https://iana.org/assignments/http-problem-types#completed-upload")
            #expect(try await web.send("GET", "/api/documents?tenant=acme").json["documents"]?.array?.count == 1)
            #expect(Path.entries(of: web.host.folder + "/data/tenants/acme/uploads").isEmpty)
            #expect(try await web.send("DELETE", "/api/uploads/\(id)?tenant=acme").status == 204)
            #expect(try await web.send("GET", "/api/documents/\(document)?tenant=acme").status == 200)
        }
    }

    @Test func `what does not fit an upload is refused, and it goes on where it stood`() async throws {
        try await WebFixture.with { web in
            for id in ["acme", "globex"] { _ = try await web.host.daemon.store.createTenant(TenantID(unchecked: id)) }
            let id = try await Self.create(web, ["name": "a.txt", "size": 10])
            #expect(try await Self.append(web, id, Array("hello".utf8), at: "0").status == 204)
            for offset in ["0", "4", "6", "9223372036854775807"] {
                let wrong = try await Self.append(web, id, [1], at: offset)
                #expect(wrong.status == 409, "\(offset): \(wrong.text)")
                #expect(wrong.json["type"] == "https://iana.org/assignments/http-problem-types#mismatching-upload-offset")
                #expect(wrong.json["expected-offset"] == 5)
                #expect(wrong.headers["upload-offset"] == "5")
            }
            for offset in ["-1", "9223372036854775808", "x", "", "5.0"] {
                #expect(try await Self.append(web, id, [1], at: offset).status == 422, "\(offset)")
            }
            let beyond = try await Self.append(web, id, Array("worlds".utf8), at: "5")
            #expect(beyond.status == 400)
            #expect(beyond.json["type"] == "https://iana.org/assignments/http-problem-types#inconsistent-upload-length")
            #expect(try await Self.append(web, id, Array("wor".utf8), at: "5", last: true).status == 400)
            #expect(try await web.send("POST", "/api/uploads/\(id)/finish?tenant=acme").status == 409)
            let path = "/api/uploads/\(id)?tenant=acme"
            let missing = try await web.send("PATCH", path, bytes: [1], headers: [Self.partial, "Upload-Offset: 5"])
            #expect(missing.json["errors"]?.array?.first?["header"] == "Upload-Complete", "\(missing.text)")
            let twice = ["Upload-Offset: 5", "Upload-Offset: 5", "Upload-Complete: ?0"]
            #expect(try await web.send("PATCH", path, bytes: [1], headers: [Self.partial] + twice).status == 400)
            #expect(try await web.send("PATCH", path, bytes: [1], headers: ["Content-Type: text/plain"] + twice.dropFirst()).status == 415)
            #expect(try await Self.offset(web, id) == "5")
            // Of another tenant, and of none.
            let globex = try await web.key([.documentsRead, .documentsWrite], tenant: TenantID(unchecked: "globex"))
            for (method, place) in [("GET", ""), ("DELETE", ""), ("POST", "/finish")] {
                #expect(try await web.send(method, "/api/uploads/\(id)\(place)", key: globex).status == 404, "\(method)")
                #expect(try await web.send(method, "/api/uploads/up-none\(place)?tenant=acme").status == 404, "\(method)")
            }
            let foreign = try await web.send(
                "PATCH", "/api/uploads/\(id)", bytes: [1], key: globex, headers: [Self.partial, "Upload-Offset: 5", "Upload-Complete: ?0"])
            #expect(foreign.status == 404)
            let bad: [JSONValue] = [
                ["name": "a"], ["size": 3], ["name": "a", "size": -1], ["name": "a", "size": 1.5], ["name": "a", "size": 3, "colour": "red"],
                ["name": "../a", "size": 3], ["name": "a", "size": 3, "sha256": "00"], ["name": "a", "size": 3, "mediaType": "text"],
            ]
            for members in bad { #expect(try await web.send("POST", "/api/uploads?tenant=acme", members).status == 422, "\(members)") }
            #expect(try await web.send("POST", "/api/uploads?tenant=acme", ["name": "a", "size": .integer(.max)]).status == 413)
            #expect(try await Self.append(web, id, Array("world".utf8), at: "5", last: true).status == 201)
        }
    }

    @Test func `bytes of another digest make no document`() async throws {
        try await WebFixture.with { web in
            try await web.host.createTenant()
            let id = try await Self.create(
                web, ["name": "a.txt", "size": 5, "sha256": .string(String(repeating: "0", count: 64))])
            let wrong = try await Self.append(web, id, Array("hello".utf8), at: "0", last: true)
            #expect(wrong.status == 422, "\(wrong.text)")
            #expect(wrong.json["errors"]?.array?.first?["pointer"] == "/sha256")
            #expect(try await web.send("GET", "/api/documents?tenant=acme").json["documents"]?.array?.isEmpty == true)
            #expect(try await web.send("DELETE", "/api/uploads/\(id)?tenant=acme").status == 204)
            #expect(Path.entries(of: web.host.folder + "/data/tenants/acme/uploads").isEmpty)
        }
    }

    @Test func `uploads are counted, their room is reserved, and those that nobody goes on with go`() async throws {
        try await WebFixture.with { web in
            try await web.host.createTenant(QuotaChange(disk: .mebibytes(64)))
            let large = try await Self.create(web, ["name": "large", "size": .integer(40 << 20)])
            // It has the room although nothing of it is there.
            let second = try await web.send("POST", "/api/uploads?tenant=acme", ["name": "second", "size": .integer(40 << 20)])
            #expect(second.status == 429, "\(second.text)")
            let head = "POST /api/documents?tenant=acme&name=a HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: \(30 << 20)"
            let key = "Authorization: Bearer \(web.operatorKey)\r\nContent-Type: application/octet-stream"
            let document = try await web.raw(Array("\(head)\r\n\(key)\r\n\r\n".utf8))
            #expect(document.status == 429, "\(document.text)")
            #expect(try await web.send("DELETE", "/api/uploads/\(large)?tenant=acme").status == 204)
            for number in 0..<Upload.limit { _ = try await Self.create(web, ["name": .string("\(number)"), "size": 1]) }
            let many = try await web.send("POST", "/api/uploads?tenant=acme", ["name": "a", "size": 1])
            #expect(many.status == 429, "\(many.text)")
            #expect(try await web.send("GET", "/api/uploads?tenant=acme").json["uploads"]?.array?.count == Upload.limit)
            let store = try await web.host.daemon.store.tenant(web.host.tenant)
            try await store.write { try $0.execute(sql: "UPDATE upload SET expires = 1") }
            #expect(try await web.send("GET", "/api/uploads?tenant=acme").json["uploads"]?.array?.isEmpty == true)
            await web.host.daemon.host.sweepUploads()
            #expect(Path.entries(of: web.host.folder + "/data/tenants/acme/uploads").isEmpty)
            let rows = try await store.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM upload") }
            #expect(rows == 0)
        }
    }

    @Test func `a file without a row goes, and so does a row without a file`() async throws {
        try await WebFixture.with { web in
            try await web.host.createTenant()
            let (kept, lost) = (
                try await Self.create(web, ["name": "a", "size": 5]), try await Self.create(web, ["name": "b", "size": 5])
            )
            let uploads = web.host.folder + "/data/tenants/acme/uploads"
            unlink("\(uploads)/\(lost)")
            try FileCopy.write("x", to: "\(uploads)/up-stray")
            await web.host.daemon.host.sweepUploads()
            #expect(Path.entries(of: uploads) == [kept])
            #expect(try await web.send("GET", "/api/uploads/\(lost)?tenant=acme").status == 404)
            #expect(try await web.send("GET", "/api/uploads?tenant=acme").json["uploads"]?.array?.count == 1)
        }
    }

    @Test func `a connection that breaks leaves what came, and who goes on takes over from who hangs`() async throws {
        try await WebFixture.with { web in
            try await web.host.createTenant()
            let size = 2_000_000
            let id = try await Self.create(web, ["name": "a", "size": .integer(Int64(size))])
            let content = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            func head(_ offset: Int, _ length: Int) -> [UInt8] {
                Array(
                    """
                    PATCH /api/uploads/\(id)?tenant=acme HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
                    Authorization: Bearer \(web.operatorKey)\r\n\(Self.partial)\r\nContent-Length: \(length)\r\n\
                    Upload-Offset: \(offset)\r\nUpload-Complete: ?0\r\n\r\n
                    """.utf8)
            }
            let broken = try RawHTTP.connect(port: web.port)
            RawHTTP.send(head(0, size) + content[..<700_000], to: broken)
            #expect(await eventually { (try? await Self.offset(web, id)).flatMap { Int($0) } ?? 0 >= 1 << 18 })
            close(broken)
            // The rest of what came is written when the end is seen.
            #expect(await eventually { (try? await Self.offset(web, id)) == "700000" })

            let hanging = try RawHTTP.connect(port: web.port)
            RawHTTP.send(head(700_000, size - 700_000) + content[700_000..<1_300_000], to: hanging)
            #expect(await eventually { (try? await Self.offset(web, id)).flatMap { Int($0) } ?? 0 > 700_000 })
            let stands = Int(try await Self.offset(web, id) ?? "") ?? 0
            let rest = try await Self.append(web, id, Array(content[stands...]), at: "\(stands)", last: true)
            #expect(rest.status == 201, "\(rest.text)")
            RawHTTP.send(Array(content[1_300_000...]), to: hanging)
            let late = try HTTPReply(try await aside { RawHTTP.receive(from: hanging) })
            close(hanging)
            #expect(late.status == 409, "\(late.text)")
            let document = rest.json["document"]?.string ?? ""
            #expect(try await web.send("GET", "/api/documents/\(document)/content?tenant=acme").body == content)
        }
    }

    @Test func `a host application tells its own events, and none that only the daemon knows`() async throws {
        try await WebFixture.with { web in
            try await web.host.createTenant()
            func emit(_ body: JSONValue) async throws -> Int { try await web.send("POST", "/api/events?tenant=acme", body).status }
            #expect(try await emit(["event": "sync.finished", "value": ["a": 1]]) == 200)
            #expect(try await emit(["event": "workflow.failed"]) == 200)
            for name in ["plugin.installed", "tenant.deleted", "all"] { #expect(try await emit(["event": .string(name)]) == 403, "\(name)") }
            for name in ["document.content", "document.metadata", ""] { #expect(try await emit(["event": .string(name)]) == 422, "\(name)") }
            for name in ["probe.word", "sync.finish", "sync.", "../sync"] { #expect(try await emit(["event": .string(name)]) == 404, "\(name)") }
            #expect(try await emit(["event": "sync.finished", "value": [1]]) == 422)
            #expect(try await emit(["event": "document.processed"]) == 422)
            #expect(try await emit(["event": "document.processed", "document": "doc-none"]) == 404)
            #expect(try await emit(["event": "sync.finished", "document": "doc-none"]) == 422)
            let large = String(repeating: "a", count: 1 << 20)
            #expect(try await emit(["event": "sync.finished", "value": ["a": .string(large)]]) == 429)
            let key = ["Idempotency-Key: once"]
            let first = try await web.send("POST", "/api/events?tenant=acme", ["event": "sync.started"], headers: key)
            let second = try await web.send("POST", "/api/events?tenant=acme", ["event": "sync.started"], headers: key)
            #expect(first.body == second.body)
            #expect(second.headers["idempotency-replayed"] == "true")
        }
    }

    @Test func `a download answers what it is asked for, and names nothing that a header could not hold`() async throws {
        try await WebFixture.with { web in
            try await web.host.createTenant()
            let kept = try await web.send(
                "POST", "/api/documents?tenant=acme&name=a%22%3B%20b%5C%E2%82%AC.txt", bytes: Array("hello world".utf8),
                headers: ["Content-Type: text/plain"])
            let path = "/api/documents/\(kept.json["document"]?.string ?? "")/content?tenant=acme"
            func get(_ headers: String...) async throws -> HTTPReply { try await web.send("GET", path, headers: headers) }
            let whole = try await get()
            let tag = "\"\(kept.json["sha256"]?.string ?? "")\""
            #expect(whole.headers["etag"] == tag)
            #expect(whole.headers["accept-ranges"] == "bytes")
            #expect(whole.headers["content-disposition"] == #"attachment; filename="a_; b__.txt"; filename*=UTF-8''a%22%3B%20b%5C%E2%82%AC.txt"#)
            let head = try await web.send("HEAD", path)
            #expect((head.status, head.body.count, head.headers["content-length"]) == (200, 0, "11"))
            #expect(try await get("Range: bytes=0-4", "If-Range: \(tag)").text == "hello")
            #expect(try await get("Range: bytes=0-4", #"If-Range: "other""#).status == 200)
            #expect(try await get("Range: bytes=-5").text == "world")
            // Several at once are ignored, as RFC 9110 section 14.2 allows.
            #expect(try await get("Range: bytes=0-1,4-5").text == "hello world")
            let beyond = try await get("Range: bytes=11-")
            #expect((beyond.status, beyond.headers["content-range"]) == (416, "bytes */11"))
            #expect(try await get("Range: bytes=5-2").status == 200)
            #expect(try await get("Range: lines=1-2").status == 200)
        }
    }
}
