import FoundationEssentials
import GRDB
import HostTesting
import Model
import Store
import Testing

@testable import Tenancy

struct SecondFactorTests {
    /// RFC 6238 appendix B, the rows of SHA-1: eight digits of "12345678901234567890".
    @Test(arguments: [
        (59, "94287082"), (1_111_111_109, "07081804"), (1_111_111_111, "14050471"), (1_234_567_890, "89005924"),
        (2_000_000_000, "69279037"), (20_000_000_000, "65353130"),
    ] as [(Int64, String)])
    func `codes are those of the RFC`(seconds: Int64, code: String) {
        let factor = OneTimePassword(secret: Array("12345678901234567890".utf8))
        let step = OneTimePassword.step(at: seconds * 1000)
        #expect(factor.code(at: step, digits: 8) == code)
        #expect(factor.code(at: step) == String(code.suffix(6)))
        for moment in [seconds - 30, seconds, seconds + 30] { #expect(factor.step(of: String(code.suffix(6)), at: moment * 1000) == step) }
        #expect(factor.step(of: String(code.suffix(6)), at: (seconds + 90) * 1000) == nil)
    }

    /// RFC 4648 section 10.
    @Test(arguments: [("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("fooba", "MZXW6YTB"), ("foobar", "MZXW6YTBOI")])
    func `base 32 is the one of the RFC`(plain: String, text: String) {
        #expect(Base32.encode(plain.utf8) == text)
        #expect(Base32.decode(text) == Array(plain.utf8))
        #expect(Base32.decode(text + "1") == nil)
    }

    private func setUp(_ fixture: PeopleFixture) async throws -> (factor: OneTimePassword, recovery: [String], session: OpenSession) {
        _ = try await fixture.person("ada@example.com", .owner)
        let session = try await fixture.session("ada@example.com")
        let offer = try await fixture.people.beginSecondFactor(of: session, password: PeopleFixture.password, issuer: "a b")
        #expect(offer.uri.hasPrefix("otpauth://totp/a%20b:ada%40example.com?secret=\(offer.secret)&issuer=a%20b&"))
        let factor = OneTimePassword(secret: try #require(Base32.decode(offer.secret)))
        // Nothing is asked for before a code was seen.
        _ = try await fixture.session("ada@example.com")
        await #expect(throws: Problem.self) { try await fixture.people.confirmSecondFactor(of: session, code: "000000x") }
        let codes = try await fixture.people.confirmSecondFactor(of: session, code: factor.code(at: OneTimePassword.step(at: fixture.clock.now)))
        let now = try #require(try await fixture.people.session(session.text.text))
        return (factor, codes, now)
    }

    @Test func `with a second factor the password alone opens nothing, and a code is good once`() async throws {
        try await PeopleFixture.with { (fixture) async throws in
            let (factor, _, _) = try await setUp(fixture)
            guard case .needsCode = try await fixture.login("ada@example.com") else {
                Issue.record("no code was asked for")
                return
            }
            #expect(try await fixture.login("ada@example.com", password: "wrong password") == .refused)
            let seen = factor.code(at: OneTimePassword.step(at: fixture.clock.now))
            #expect(try await fixture.login("ada@example.com", code: seen) == .refused)
            fixture.clock.advance(seconds: 30)
            let code = factor.code(at: OneTimePassword.step(at: fixture.clock.now))
            _ = try await fixture.session("ada@example.com", code: code)
            #expect(try await fixture.login("ada@example.com", code: code) == .refused)
            fixture.clock.advance(seconds: 30)
            #expect(try await fixture.login("ada@example.com", code: code) == .refused)
        }
    }

    @Test func `two who bring the same code at once do not both come in`() async throws {
        try await PeopleFixture.with { (fixture) async throws in
            let (factor, _, _) = try await setUp(fixture)
            fixture.clock.advance(seconds: 60)
            let code = factor.code(at: OneTimePassword.step(at: fixture.clock.now))
            let welcomes = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<6 {
                    group.addTask { (try? await fixture.session("ada@example.com", code: code)) != nil }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(welcomes == 1)
        }
    }

    @Test func `wrong codes count as wrong passwords do`() async throws {
        try await PeopleFixture.with { (fixture) async throws in
            _ = try await setUp(fixture)
            for _ in 0..<People.mostAttempts { #expect(try await fixture.login("ada@example.com", code: "abcdef") == .refused) }
            #expect(try await fixture.login("ada@example.com") == .tooMany(seconds: 900))
        }
    }

    @Test func `who has a session and the password does not guess the code`() async throws {
        try await PeopleFixture.with { (fixture) async throws in
            let (_, codes, session) = try await setUp(fixture)
            func remove(_ code: String) async -> Problem? {
                await problem { try await fixture.people.removeSecondFactor(of: session, password: PeopleFixture.password, code: code) }
            }
            for _ in 0..<People.mostAttempts { #expect(await remove("000000x")?.code == .invalidInput) }
            #expect(await remove(codes[0])?.code == .quotaExceeded)
            // Who tries to log in meanwhile is counted apart.
            _ = try await fixture.session("ada@example.com", code: codes[1])
        }
    }

    @Test func `a recovery code is good once, however it is typed`() async throws {
        try await PeopleFixture.with { (fixture) async throws in
            let (_, codes, _) = try await setUp(fixture)
            #expect(Set(codes).count == RecoveryCode.count)
            _ = try await fixture.session("ada@example.com", code: codes[0])
            #expect(try await fixture.login("ada@example.com", code: codes[0]) == .refused)
            _ = try await fixture.session("ada@example.com", code: codes[1].lowercased().filter { $0 != "-" })
            _ = try await fixture.person("eve@example.com", .owner)
            let eve = try await fixture.session("eve@example.com")
            let offer = try await fixture.people.beginSecondFactor(of: eve, password: PeopleFixture.password, issuer: "a")
            let factor = OneTimePassword(secret: try #require(Base32.decode(offer.secret)))
            _ = try await fixture.people.confirmSecondFactor(
                of: eve, code: factor.code(at: OneTimePassword.step(at: fixture.clock.now)))
            #expect(try await fixture.login("eve@example.com", code: codes[2]) == .refused)
            #expect(RecoveryCode("ABCD-EFGH") == nil && RecoveryCode("0000-0000-0000-0000") == nil)
        }
    }

    @Test func `a copy of a tenant has second factors sealed for itself, an import has nobody`() async throws {
        try await PeopleFixture.with { (fixture) async throws in
            let (factor, _, session) = try await setUp(fixture)
            let acme = try await fixture.store.tenant(PeopleFixture.acme)
            try await acme.write { try People.reseal($0, from: PeopleFixture.acme, to: PeopleFixture.globex, Reversal()) }
            let sealed = try await acme.read { try Data.fetchOne($0, sql: "SELECT secondFactor FROM person") }
            let place = People.place(of: session.person.id, in: PeopleFixture.globex)
            #expect(try Reversal().open(Array(sealed ?? Data()), for: place) == factor.base32)
            // Here it cannot be opened any more, and nobody gets in without it.
            await #expect(throws: Problem.self) { try await fixture.login("ada@example.com", code: "123456") }
            guard case .needsCode = try await fixture.login("ada@example.com") else {
                Issue.record("no code was asked for")
                return
            }
            try await acme.write { try People.clear($0) }
            let left = try await acme.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM person") }
            let codes = try await acme.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM recoveryCode") }
            #expect(left == 0 && codes == 0)
        }
    }

    @Test func `it is switched off with password and code, and another can be set up`() async throws {
        try await PeopleFixture.with { (fixture) async throws in
            let (_, codes, session) = try await setUp(fixture)
            await #expect(throws: Problem.self) {
                try await fixture.people.beginSecondFactor(of: session, password: PeopleFixture.password, issuer: "a")
            }
            await #expect(throws: Problem.self) {
                try await fixture.people.removeSecondFactor(of: session, password: "wrong password", code: codes[0])
            }
            await #expect(throws: Problem.self) {
                try await fixture.people.removeSecondFactor(of: session, password: PeopleFixture.password, code: "000000x")
            }
            try await fixture.people.removeSecondFactor(of: session, password: PeopleFixture.password, code: codes[0])
            let again = try await fixture.session("ada@example.com")
            _ = try await fixture.people.beginSecondFactor(of: again, password: PeopleFixture.password, issuer: "a")
        }
    }
}
