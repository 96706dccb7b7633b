import Glibc
import HostTesting
import Model
import Testing

@testable import Tenancy

struct RoleTests {
    @Test func `a tenant's role holds nothing that is the daemon's affair`() {
        for role in Role.allCases where !role.isOfPlatform {
            #expect(role.scopes.isDisjoint(with: [.statusRead, .metricsRead, .tenantsWrite]), "\(role)")
        }
    }

    @Test func `roles are as wide as their names say`() {
        #expect(Role.platformOwner.scopes == Set(Scope.allCases))
        #expect(Role.admin.scopes == Role.owner.scopes.subtracting([.ownersWrite]))
        #expect(Role.builder.scopes.isStrictSubset(of: Role.admin.scopes))
        #expect(Role.member.scopes.isStrictSubset(of: Role.builder.scopes))
        #expect(Role.billing.scopes.isStrictSubset(of: Role.auditor.scopes))
        for role in [Role.auditor, .billing, .platformSupport, .platformReviewer] {
            #expect(role.scopes.allSatisfy { $0.rawValue.hasSuffix(":read") }, "\(role)")
        }
        for role in [Role.auditor, .billing, .platformSupport, .platformReviewer] {
            #expect(!role.scopes.contains(.documentsRead), "\(role) looks into documents")
        }
    }

    @Test func `the manual has the table that holds`() throws {
        let path = Built.root + "/Sources/Manual/people.md"
        let file = try #require(fopen(path, "r"))
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let text = String(decoding: bytes[..<fread(&bytes, 1, bytes.count, file)], as: UTF8.self)
        let rows = text.split(separator: "\n").filter { $0.hasPrefix("|") }
            .map { $0.split(separator: "|", omittingEmptySubsequences: false).dropFirst().dropLast().map { $0.filter { $0 != " " } } }
        let head = try #require(rows.first { $0.first == "scope" })
        for scope in Scope.allCases {
            let row = try #require(rows.first { $0[0].contains("`\(scope.rawValue)`") && $0.count == head.count }, "\(scope.rawValue)")
            let roles = zip(head, row).filter { $0.1 == "yes" }.compactMap { Role(rawValue: $0.0) }
            #expect(Set(roles) == scope.roles, "\(scope.rawValue)")
        }
    }

    @Test func `a role is one of the tenant's or one of the platform's`() throws {
        let acme = TenantID(unchecked: "acme")
        for role in Role.allCases {
            #expect((try? Role(role.rawValue, in: acme)) == (role.isOfPlatform ? nil : role))
            #expect((try? Role(role.rawValue, in: nil)) == (role.isOfPlatform ? role : nil))
        }
        let problem = #expect(throws: Problem.self) { try Role("onwer", in: acme) }
        #expect(problem?.hint == "did you mean owner?")
    }
}
