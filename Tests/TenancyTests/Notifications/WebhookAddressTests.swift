import Model
import Testing

@testable import Tenancy

struct WebhookAddressTests {
    @Test(arguments: [
        ("https://hooks.example.com", "https://hooks.example.com/"), ("https://Hooks.Example.com:443/a?b=c", "https://hooks.example.com/a?b=c"),
        ("https://hooks.example.com:8443/a%20b", "https://hooks.example.com:8443/a%20b"), ("https://[2001:DB8::7]/x", "https://[2001:db8::7]/x"),
        ("https://203.0.113.7?x", "https://203.0.113.7/?x"),
    ])
    func `an address has one form`(text: String, canonical: String) throws {
        let address = try WebhookAddress(text, allowsPlain: false)
        #expect(address.text == canonical)
        #expect(try WebhookAddress(canonical, allowsPlain: false) == address)
    }

    @Test(arguments: [
        "", "hooks.example.com", "http://hooks.example.com/", "ftp://hooks.example.com/", "HTTPS://hooks.example.com/",
        "https://", "https:///x", "https://user@hooks.example.com/", "https://user:word@hooks.example.com/",
        "https://hooks.example.com/#x", "https://hooks.example.com/a b", "https://hooks.example.com/\r\nX: y", "https://hooks.example.com:0/",
        "https://hooks.example.com:99999/", "https://hooks.example.com:/", "https://hooks.example.com:+1/", "https://127.1/", "https://0x7f000001/",
        "https://[::1%25eth0]/", "https://[::1]x/", "https://hooks.example.com\\@evil.example/", "https://grüße.example/",
        "https://a.example/" + String(repeating: "x", count: 2048),
    ])
    func `what could be read in two ways is refused`(text: String) {
        #expect(throws: Problem.self) { try WebhookAddress(text, allowsPlain: false) }
    }

    @Test func `http is for operators who allow it`() throws {
        let address = try WebhookAddress("http://127.0.0.1:8080/x", allowsPlain: true)
        #expect(!address.isEncrypted && address.port == 8080)
        #expect(try WebhookAddress("http://127.0.0.1", allowsPlain: true).port == 80)
    }
}
