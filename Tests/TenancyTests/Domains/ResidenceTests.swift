import Model
import Testing

@testable import Tenancy

struct ResidenceTests {
    private let acme = TenantID(unchecked: "acme")
    private let globex = TenantID(unchecked: "globex")

    @Test func `at a tenant's host everybody is bound to that tenant`() throws {
        let operators = Principal("key a", tenant: nil, scopes: [.documentsRead, .tenantsRead])
        let bound = try operators.at(.tenant(acme))
        #expect(bound.tenant == acme && bound.scopes == operators.scopes)
        #expect(throws: Never.self) { try bound.check(Access(.documentsRead, of: .tenant), on: acme) }
        #expect(throws: Problem.self) { try bound.check(Access(.documentsRead, of: .tenant), on: globex) }
        #expect(throws: Problem.self) { try bound.check(Access(.tenantsRead, of: .daemon)) }
        #expect(try operators.at(.house).tenant == nil)
    }

    @Test func `a tenant's key opens nothing at another's host`() throws {
        let key = Principal("key a", tenant: globex, scopes: [.documentsRead])
        let problem = #expect(throws: Problem.self) { try key.at(.tenant(acme)) }
        #expect(problem?.code == .permissionDenied)
        #expect(try key.at(.tenant(globex)).tenant == globex)
        #expect(try key.at(.house).tenant == globex)
    }
}
