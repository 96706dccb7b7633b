import FoundationEssentials
import Model
import Testing

@testable import Tenancy

struct PasswordTests {
    private let email = try! EmailAddress("ada.lovelace@example.com")

    /// RFC 7914 section 12, the vector with N = 16, r = 1, p = 1, cut to the bytes that are kept.
    @Test func `scrypt is the one of the RFC`() throws {
        let digest = try PasswordDigest.derive("", [], PeopleFixture.cheap)
        let right: [UInt8] = [
            0x77, 0xd6, 0x57, 0x62, 0x38, 0x65, 0x7b, 0x20, 0x3b, 0x19, 0xca, 0x42, 0xc1, 0x8a, 0x04, 0x97, 0xf1, 0x6b, 0x48, 0x44, 0xe3,
            0x07, 0x4a, 0xe8, 0xdf, 0xdf, 0xfa, 0x3f, 0xed, 0xe2, 0x14, 0x42,
        ]
        #expect(digest == right)
    }

    @Test func `a digest keeps its parameters and tells the password from every other`() throws {
        let digest = try PasswordDigest("seven quiet herons wade", PeopleFixture.cheap)
        let read = try #require(PasswordDigest(digest.text))
        #expect(read == digest)
        #expect(try read.matches("seven quiet herons wade"))
        #expect(try !read.matches("seven quiet herons wad"))
        #expect(try PasswordDigest("seven quiet herons wade", PeopleFixture.cheap) != digest)
        #expect(!digest.text.contains("herons"))
    }

    @Test(arguments: [
        "", "$scrypt$ln=4,r=1,p=1$$", "$argon2$ln=4,r=1,p=1$AAAAAAAAAAAAAAAAAAAAAA==$AAAA", "$scrypt$ln=40,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA==$"
            + String(repeating: "A", count: 43) + "=", "$scrypt$ln=4,p=1,r=1$AAAAAAAAAAAAAAAAAAAAAA==$" + String(repeating: "A", count: 43) + "=",
        "$scrypt$ln=4,r=1$AAAAAAAAAAAAAAAAAAAAAA==$" + String(repeating: "A", count: 43) + "=", "scrypt",
    ])
    func `what is no digest is none`(text: String) { #expect(PasswordDigest(text) == nil) }

    @Test(arguments: [
        "short", "aaaaaaaaaaaaaaa", "1234567890", "0987654321", "abcdefghijklm", "Password123", "passwort!!!2024", "qwertzuiop", "Administrator1",
        "ada.lovelace", "ada.lovelace@example.com", "AdaLovelace99", "ababababababab", "tab\tin the middle", "1q2w3e4r5t",
    ])
    func `what would be tried first is refused`(password: String) {
        let problem = #expect(throws: Problem.self) { try PasswordRules.check(password, of: email) }
        #expect(problem?.code == .invalidInput)
        #expect(problem?.message.hasPrefix("/password: ") == true)
    }

    @Test(arguments: ["seven quiet herons wade", "пароль из пяти слов", "x9$kQ2!mZp", "ten letters or more 1"])
    func `what nobody else would put together is taken`(password: String) {
        #expect(throws: Never.self) { try PasswordRules.check(password, of: email) }
    }

    @Test func `many at once wait for each other, and too many are told so`() async throws {
        let hashing = PasswordHashing(PeopleFixture.cheap)
        let outcomes = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<40 { group.addTask { (try? await hashing.verify("a", nil)) == false } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.count == 40 && outcomes.allSatisfy { $0 })
    }
}
