import Testing

@testable import Egress

struct CertificateNameTests {
    @Test(arguments: [
        ("api.example.org", "api.example.org", true), ("API.example.org", "api.Example.org", true),
        ("*.example.org", "api.example.org", true), ("*.example.org", "example.org", false),
        ("*.example.org", "a.b.example.org", false), ("*.org", "example.org", false), ("*", "example", false),
        ("a*.example.org", "api.example.org", false), ("example.org", "api.example.org", false),
        ("*.example.org", ".example.org", false), ("", "", true),
    ])
    func `a certificate covers a name exactly or by its first label`(pattern: String, name: String, covers: Bool) {
        #expect(CertificateName.covers(pattern, name) == covers)
    }
}
