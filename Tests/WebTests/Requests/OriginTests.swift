import HTTPTypes
import Testing

@testable import Web

struct OriginTests {
    @Test func `only what nobody passed on is from here`() {
        var head = HTTPRequest(method: .get, scheme: "http", authority: "a", path: "/")
        #expect(Origin(head, isNear: true).isHere)
        #expect(!Origin(head, isNear: false).isHere)
        for name in [HTTPField.Name.forwarded, .forwardedFor] {
            var forwarded = head
            forwarded.headerFields[name] = "for=192.0.2.1"
            #expect(!Origin(forwarded, isNear: true).isHere)
        }
        head.headerFields[.forwardedProtocol] = "https"
        #expect(Origin(head, isNear: true).isEncrypted)
        // A stranger's word is none.
        #expect(!Origin(head, isNear: false).isEncrypted)
    }

    @Test func `only a proxy on this machine says for whom it asks`() {
        var head = HTTPRequest(method: .get, scheme: "http", authority: "a", path: "/")
        #expect(ClientAddress.of(head, Origin(head, isNear: true)) == "local")
        head.headerFields[.forwardedFor] = "198.51.100.7, 192.0.2.1"
        #expect(ClientAddress.of(head, Origin(head, isNear: true)) == "192.0.2.1")
        // One that is gone already is nobody's proxy.
        #expect(ClientAddress.of(head, Origin(head, isNear: false)) == "gone")
    }
}
