import Model
import Tenancy
import Testing

@testable import Web

struct SCIMFilterTests {
    private static let ada: JSONValue = [
        "id": "person-1", "userName": "Ada@example.com", "active": true, "name": ["familyName": "O'Malley", "givenName": "Ada"],
        "emails": [["value": "ada@example.com", "type": "work", "primary": true]],
        "meta": ["lastModified": "2026-05-13T04:42:34.000Z"],
    ]

    /// The samples of RFC 7644 section 3.4.2.2 about attributes that are kept here, and their kin.
    private static let table: [(String, Bool)] = [
        (#"userName eq "ada@example.com""#, true), (#"USERNAME Eq "ADA@EXAMPLE.COM""#, true), (#"userName eq "bjensen""#, false),
        (#"name.familyName co "O'Malley""#, true), (#"userName sw "A""#, true),
        (#"urn:ietf:params:scim:schemas:core:2.0:User:userName sw "A""#, true), ("title pr", false), ("name.givenName pr", true),
        ("displayName pr", false), (#"meta.lastModified gt "2011-05-13T04:42:34Z""#, true),
        (#"meta.lastModified lt "2011-05-13T04:42:34Z""#, false), (#"userName ne "x" and active eq true"#, true),
        (#"displayName pr or active eq true and userName eq "x""#, false),
        (#"active eq true and (emails co "example.com" or emails.value co "example.org")"#, true),
        (#"active eq true and not (emails co "example.com" or emails.value co "example.org")"#, false),
        (#"emails[type eq "work" and value co "@example.com"]"#, true),
        (#"emails[type eq "work" and value co "@example.org"] or active eq false"#, false),
        (#"emails.type eq "work""#, true), (#"id eq "PERSON-1""#, false), ("displayName eq null", true),
        (#"userName eq "a\"da""#, false), ("active eq false", false), (#"userName ew ".com""#, true), (#"not (userName eq "x")"#, true),
    ]

    @Test(arguments: table) func `a filter means what the RFC says`(text: String, isMeant: Bool) throws {
        guard !text.hasPrefix("title") else {
            #expect(throws: SCIMFault.self) { try SCIMFilter(text, of: .user) }
            return
        }
        let filter = try SCIMFilter(text, of: .user)
        #expect(filter.matches(Self.ada, SCIMResourceType.user.attributes) == isMeant, "\(text)")
    }

    @Test(arguments: [
        "", " ", "userName", "userName eq", "userName is \"x\"", "userName eq \"x", "userName eq x", "userName eq [1]", "(userName pr",
        "userName pr)", "userName pr userName pr", "and", "not", "not userName pr", "emails[", "emails[value pr", "emails[none pr]",
        "userName[value pr]", "userName eq {}", "name..givenName pr", "userName.value pr", "urn:none:userName pr", "\u{0}", "userName eq \"\\q\"",
    ])
    func `what is no filter is refused`(text: String) {
        let fault = #expect(throws: SCIMFault.self) { try SCIMFilter(text, of: .user) }
        #expect(fault?.kind == .invalidFilter, "\(text)")
    }

    @Test func `length, nesting and the number of terms are bounded`() {
        let deep = String(repeating: "(", count: 40) + "active pr" + String(repeating: ")", count: 40)
        let many = Array(repeating: "active pr", count: 70).joined(separator: " or ")
        let long = "userName eq \"\(String(repeating: "a", count: 2000))\""
        let nested = String(repeating: "not (", count: 30) + "active pr" + String(repeating: ")", count: 30)
        for text in [deep, many, long, nested] {
            let fault = #expect(throws: SCIMFault.self) { try SCIMFilter(text, of: .user) }
            #expect(fault?.kind == .invalidFilter)
        }
    }

    @Test func `what a filter fixes is looked up`() throws {
        #expect(SCIMUser.selection(try SCIMFilter(#"id eq "no id""#, of: .user)) == .nobody)
        #expect(try SCIMFilter(#"userName eq "a" and active eq true"#, of: .user).equal(to: "userName") == "a")
        #expect(try SCIMFilter(#"userName eq "a" or active eq true"#, of: .user).equal(to: "userName") == nil)
        #expect(try SCIMFilter(#"emails.value eq "a@b.c""#, of: .user).equal(to: "emails", "value") == "a@b.c")
        #expect(try SCIMFilter(#"members[value eq "person-1"]"#, of: .group).mentions("members"))
    }
}
