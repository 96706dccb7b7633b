import HostTesting
import Model
import Tenancy
import Testing

@testable import Web
@testable import cloister

/// A logo from what somebody sends to what pages show, through a real sealed child.
@Suite(.serialized, .timeLimit(.minutes(5))) struct LogoServiceTests {
    @Test func `a picture is written anew without its metadata, and served as a picture`() async throws {
        try await WebFixture.with { web in
            try await web.host.createTenant()
            let path = "/api/whitelabel/logo?tenant=acme"
            #expect(try await web.send("GET", path).status == 404)
            let photograph = try DaemonFixture.contents(DaemonFixture.material + "/images/01.jpg")
            let set = try await web.send("PUT", path, bytes: photograph, headers: ["Content-Type: image/jpeg"])
            #expect(set.status == 200, "\(set.text)")
            #expect(set.json["width"]?.integer ?? 0 <= 640 && set.json["height"]?.integer ?? 0 <= 160)
            let logo = try await web.send("GET", path)
            #expect(logo.status == 200 && logo.headers["content-type"] == "image/png")
            #expect(logo.headers["x-content-type-options"] == "nosniff")
            #expect(logo.body.starts(with: [0x89, 0x50, 0x4E, 0x47]) && logo.body.firstRange(of: Array("eXIf".utf8)) == nil)
            #expect(logo.headers["etag"] == "\"\(set.json["sha256"]?.string ?? "")\"")

            let pretence = Array(logo.body.prefix(33)) + [UInt8](repeating: 0x41, count: 500)
            for wrong in [Array("<svg/>".utf8), [0x89, 0x50], pretence] {
                let refused = try await web.send("PUT", path, bytes: wrong, headers: ["Content-Type: image/png"])
                #expect(refused.status == 422, "\(refused.text)")
            }
            let large = [UInt8](repeating: 1, count: (1 << 20) + 1)
            #expect(try await web.send("PUT", path, bytes: large, headers: ["Content-Type: image/png"]).status == 413)
            // What was refused changed nothing.
            #expect(try await web.send("GET", path).body == logo.body)
            #expect(try await web.send("DELETE", path).status == 204)
            #expect(try await web.send("GET", path).status == 404)
        }
    }
}
