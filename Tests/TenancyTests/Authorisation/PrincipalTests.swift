import Model
import Testing

@testable import Tenancy

/// The table of authorisation, cell by cell.
struct PrincipalTests {
    private static let own = TenantID(unchecked: "acme")
    private static let other = TenantID(unchecked: "globex")

    struct Cell: Sendable {
        let isBound: Bool
        let hasScope: Bool
        let reach: Access.Reach
        let subject: TenantID?
        let isAllowed: Bool
    }

    private static let cells: [Cell] = [false, true].flatMap { isBound in
        [false, true].flatMap { hasScope in
            Access.Reach.allCases.flatMap { reach in
                [nil, own, other].map { subject in
                    // What a person would write into the table.
                    let isAllowed = hasScope && (!isBound || (reach == .tenant && subject != other))
                    return Cell(isBound: isBound, hasScope: hasScope, reach: reach, subject: subject, isAllowed: isAllowed)
                }
            }
        }
    }

    @Test(arguments: cells) func `a scope opens its routes, and bounds hold`(cell: Cell) {
        for scope in Scope.allCases {
            let scopes = cell.hasScope ? [scope] : Set(Scope.allCases).subtracting([scope])
            let principal = Principal("key k", tenant: cell.isBound ? Self.own : nil, scopes: scopes)
            let access = Access(scope, of: cell.reach)
            if cell.isAllowed {
                #expect(throws: Never.self) { try principal.check(access, on: cell.subject) }
            } else {
                let problem = #expect(throws: Problem.self) { try principal.check(access, on: cell.subject) }
                #expect(problem?.code == .permissionDenied)
                #expect(problem?.message.contains(Self.other.rawValue) == false)
            }
        }
    }

    @Test func `a request is about the tenant that it names, or the one of its caller`() throws {
        let bound = Principal("key k", tenant: Self.own, scopes: [])
        let operators = Principal("key k", tenant: nil, scopes: [])
        #expect(try bound.subject(named: nil) == Self.own)
        #expect(try operators.subject(named: Self.other) == Self.other)
        let problem = #expect(throws: Problem.self) { try operators.subject(named: nil) }
        #expect(problem?.code == .invalidInput)
    }

    @Test func `nobody hands on more than there is`() throws {
        let bound = Principal("key k", tenant: Self.own, scopes: [.keysWrite, .pluginsCall])
        #expect(throws: Never.self) { try bound.checkDelegation(of: [.pluginsCall], to: Self.own) }
        #expect(throws: Problem.self) { try bound.checkDelegation(of: [.secretsWrite], to: Self.own) }
        #expect(throws: Problem.self) { try bound.checkDelegation(of: [.pluginsCall], to: Self.other) }
        #expect(throws: Problem.self) { try bound.checkDelegation(of: [.pluginsCall], to: nil) }
        #expect(throws: Never.self) { try Principal.local("root").checkDelegation(of: Set(Scope.allCases), to: nil) }
    }
}
