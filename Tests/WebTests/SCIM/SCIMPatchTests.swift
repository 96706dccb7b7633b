import Model
import Testing

@testable import Web

struct SCIMPatchTests {
    private static let ada: [String: JSONValue] = [
        "userName": "ada@example.com", "active": true, "displayName": "Ada",
        "emails": [["value": "ada@example.com", "type": "work", "primary": true]], "name": ["givenName": "Ada"],
    ]
    private static let group: [String: JSONValue] = [
        "displayName": "Chess", "members": [["value": "person-1", "type": "User"], ["value": "person-2", "type": "User"]],
    ]

    /// Operations on a person, and what becomes of one member; after those of RFC 7644 section 3.5.2 and of directories.
    private static let good: [(String, String, JSONValue)] = [
        (#"{"op":"add","path":"displayName","value":"A"}"#, "displayName", "A"),
        (#"{"op":"replace","value":{"active":false}}"#, "active", false),
        (#"{"op":"Replace","path":"active","value":"False"}"#, "active", false),
        (#"{"op":"add","value":{"emails":[{"value":"b@example.com"}]}}"#, "emails",
         [["value": "ada@example.com", "type": "work", "primary": true], ["value": "b@example.com"]]),
        (#"{"op":"replace","path":"emails[type eq \"work\"].value","value":"b@example.com"}"#, "emails",
         [["value": "b@example.com", "type": "work", "primary": true]]),
        (#"{"op":"replace","path":"emails[value sw \"ada\"]","value":{"value":"c@example.com"}}"#, "emails",
         [["value": "c@example.com", "type": "work", "primary": true]]),
        (#"{"op":"replace","path":"name.familyName","value":"L"}"#, "name", ["givenName": "Ada", "familyName": "L"]),
        (#"{"op":"add","path":"name","value":{"formatted":"Ada L"}}"#, "name", ["givenName": "Ada", "formatted": "Ada L"]),
        (#"{"op":"replace","value":{"name.familyName":"L","nickName":"x"}}"#, "name", ["givenName": "Ada", "familyName": "L"]),
        (#"{"op":"remove","path":"displayName"}"#, "displayName", .null),
        (#"{"op":"remove","path":"name.givenName"}"#, "name", .null),
        (#"{"op":"add","path":"urn:ietf:params:scim:schemas:core:2.0:User:externalId","value":"4711"}"#, "externalId", "4711"),
    ]

    @Test(arguments: good) func `an operation changes what its path says`(text: String, member: String, expected: JSONValue) throws {
        let result = try Self.patch(text, of: .user).applied(to: Self.ada)
        #expect(result[member] ?? .null == expected, "\(text)")
    }

    private static let wrong: [(String, SCIMFault.Kind)] = [
        (#"{"op":"replace","path":"none","value":1}"#, .invalidPath), (#"{"op":"replace","path":"id","value":"x"}"#, .mutability),
        (#"{"op":"remove","path":"userName"}"#, .mutability), (#"{"op":"remove","path":"emails"}"#, .mutability),
        (#"{"op":"remove"}"#, .noTarget), (#"{"op":"move","path":"displayName"}"#, .invalidSyntax),
        (#"{"op":"replace","path":"emails[value eq \"none\"].value","value":"x"}"#, .noTarget),
        (#"{"op":"replace","path":"emails[value eq \"none\"","value":"x"}"#, .invalidPath),
        (#"{"op":"replace","path":"userName[value pr]","value":"x"}"#, .invalidPath),
        (#"{"op":"replace","path":"emails[value pr].none","value":"x"}"#, .invalidPath),
        (#"{"op":"replace","path":"active","value":"maybe"}"#, .invalidValue), (#"{"op":"add","path":"name","value":[]}"#, .invalidValue),
        (#"{"op":"add","path":"userName"}"#, .invalidValue), (#"{"op":"add","value":"x"}"#, .invalidValue),
        (#"{"op":"replace","path":7,"value":"x"}"#, .invalidPath),
    ]

    @Test(arguments: wrong) func `what cannot be done is refused by its name`(text: String, kind: SCIMFault.Kind) {
        let fault = #expect(throws: SCIMFault.self) { try Self.patch(text, of: .user).applied(to: Self.ada) }
        #expect(fault?.kind == kind, "\(text)")
    }

    @Test func `members come and go one by one, by path and by value`() throws {
        let removed = try Self.patch(#"{"op":"remove","path":"members[value eq \"person-1\"]"}"#, of: .group).applied(to: Self.group)
        #expect(removed["members"]?.array?.compactMap { $0["value"] } == ["person-2"])
        let named = try Self.patch(#"{"op":"remove","path":"members","value":[{"value":"person-2"}]}"#, of: .group).applied(to: Self.group)
        #expect(named["members"]?.array?.compactMap { $0["value"] } == ["person-1"])
        let added = try Self.patch(#"{"op":"add","path":"members","value":[{"value":"person-3"}]}"#, of: .group).applied(to: Self.group)
        #expect(added["members"]?.array?.count == 3)
        #expect(try Self.patch(#"{"op":"remove","path":"members"}"#, of: .group).applied(to: Self.group)["members"] == nil)
        let role = try Self.patch(#"{"op":"add","path":"\#(SCIMSchema.role.id):role","value":"admin"}"#, of: .group).applied(to: Self.group)
        #expect(role[SCIMSchema.role.id] == ["role": "admin"])
    }

    @Test func `lists are bounded, however they grow`() throws {
        let addresses = (0...20).map { JSONValue.object(["value": .string("a\($0)@example.com")]) }
        let whole = JSONValue.object(["op": "replace", "path": "emails", "value": .array(addresses)])
        let halves = [addresses.prefix(12), addresses.suffix(12)].map { JSONValue.object(["op": "add", "path": "emails", "value": .array(Array($0))]) }
        for operations in [[whole], halves] {
            let fault = #expect(throws: SCIMFault.self) { try Self.patch(operations, of: .user).applied(to: Self.ada) }
            #expect(fault?.kind == .tooMany)
        }
        #expect(throws: SCIMFault.self) { try SCIMResourceType.user.read(["userName": "ada", "emails": .array(addresses)]) }
    }

    @Test func `what the operations of one patch look at together is bounded, and the way out is open`() throws {
        let members = (0..<5000).map { JSONValue.object(["value": .string("person-\($0)")]) }
        let group: [String: JSONValue] = ["displayName": "All", "members": .array(members)]
        func removals(_ count: Int, _ filter: (Int) -> String) -> [JSONValue] {
            (0..<count).map { .object(["op": "remove", "path": .string("members[\(filter($0))]")]) }
        }
        let few = try Self.patch(removals(50) { "value eq \"person-\($0)\"" }, of: .group).applied(to: group)
        #expect(few["members"]?.array?.count == 4950)
        let long = Array(repeating: "value eq \"x\"", count: 60).joined(separator: " or ")
        let adding = JSONValue.object(["op": "add", "path": "members", "value": [["value": "person-0"]]])
        for operations in [
            removals(200) { "value eq \"person-\($0)\"" }, removals(2) { "value eq \"person-\($0)\" or \(long)" },
            removals(10) { "value eq \"person-\($0)\" or value eq \"\(String(repeating: "x", count: 900))\"" },
            Array(repeating: adding, count: 200),
        ] {
            let fault = #expect(throws: SCIMFault.self) { try Self.patch(operations, of: .group).applied(to: group) }
            #expect(fault?.kind == .tooMany && fault?.detail.contains("name many in the value of one") == true)
        }
        let all = JSONValue.object(["op": "remove", "path": "members", "value": .array(Array(members.prefix(200)))])
        #expect(try Self.patch([all], of: .group).applied(to: group)["members"]?.array?.count == 4800)
    }

    @Test func `what is no patch is refused`() {
        for text in ["{}", #"{"schemas":["x"],"Operations":[]}"#, #"{"schemas":["\#(SCIMPatch.schema)"],"Operations":[]}"#] {
            #expect(throws: SCIMFault.self) { try SCIMPatch(try JSONValue.parse(text).object ?? [:], of: .user) }
        }
        let many = Array(repeating: JSONValue.object(["op": "remove", "path": "displayName"]), count: 201)
        let fault = #expect(throws: SCIMFault.self) {
            try SCIMPatch(["schemas": [.string(SCIMPatch.schema)], "Operations": .array(many)], of: .user)
        }
        #expect(fault?.kind == .tooMany)
    }

    private static func patch(_ operation: String, of type: SCIMResourceType) throws -> SCIMPatch {
        try patch([try JSONValue.parse(operation)], of: type)
    }

    private static func patch(_ operations: [JSONValue], of type: SCIMResourceType) throws -> SCIMPatch {
        try SCIMPatch(["schemas": [.string(SCIMPatch.schema)], "Operations": .array(operations)], of: type)
    }

    /// Each of the members would look at the whole value again.
    @Test(.timeLimit(.minutes(1))) func `a long value for many members is looked at once`() throws {
        let members: [String: JSONValue] = [
            "displayName": "Chess", "members": .array((0..<5000).map { ["value": .string("person-\($0)"), "type": "User"] }),
        ]
        let value = Array(repeating: "{}", count: 20_000).joined(separator: ",")
        let result = try Self.patch(
            #"{"op":"replace","path":"members[type eq \"User\"]","value":[\#(value)]}"#, of: .group).applied(to: members)
        #expect(result["members"]?.array?.count == 5000)
    }
}
