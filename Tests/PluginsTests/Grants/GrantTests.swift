import Foundation
import HostTesting
import Model
import Store
import Synchronization
import Testing

@testable import Plugins

@Suite(.timeLimit(.minutes(1))) struct GrantTests {
    private static func manifest(_ permissions: String, version: String = "1.0.0") throws -> Manifest {
        let text = PluginFixture.manifest.replacingOccurrences(of: "1.0.0", with: version) + permissions
        return try Manifest(try YAMLNode.load(text: text, named: "plugin.yaml"))
    }

    private static let wide = """
        permissions:
          - {resource: documents, actions: [read, create], conditions: {media-types: ["image/*"], max-size: 10MiB}}
          - {resource: secrets, actions: [read], conditions: {names: [mail-*]}, purpose: Sends mail}
          - {resource: storage, actions: [read, write]}

        """

    private static func with(
        _ permissions: String = wide, _ body: (Grants, TenantStore, Manifest, Box) async throws -> Void
    ) async throws {
        try await TemporaryFolder.with { folder in
            var options = Store.Options()
            options.tenantSteps = Grant.steps + Grant.consentSteps
            let store = try await Store.open(folder + "/data", options)
            let tenant = try await store.createTenant(try TenantID("acme"))
            let told = Box()
            let grants = Grants(store: store) { refusal in told.refusals.withLock { $0.append(refusal) } }
            try await body(grants, try await store.tenant(tenant.id), try manifest(permissions), told)
            await store.close()
        }
    }

    private final class Box: Sendable { let refusals = Mutex<[GrantRefusal]>([]) }

    private static let photograph = PermissionSubject.document(mediaType: "image/jpeg", size: .mebibytes(3))

    @Test func `what a plugin tries to which nobody has consented is refused, told and counted`() async throws {
        try await Self.with { grants, tenant, manifest, told in
            try await grants.load(manifest, in: tenant)
            let refused = await problem {
                try grants.authorize(.storage, "read", on: .key("a"), for: manifest.id, of: tenant.id)
            }
            #expect(refused?.hint?.contains("the tenant has not granted it") == true)
            #expect(told.refusals.withLock { $0.map(\.subject) } == ["a"])
            let uses = try await grants.uses(of: manifest.id, in: tenant)
            #expect(uses.map(\.refused) == [1])
            #expect(try await Grant.find(manifest.id, in: tenant) == nil)
        }
    }

    @Test func `whoever changes and reads grants at once, what is in force is what is kept`() async throws {
        try await Self.with { grants, tenant, manifest, _ in
            let wide = Grant(manifest, consentedBy: "ada")
            let narrow = Grant(manifest, permissions: [], consentedBy: "ada")
            for round in 0..<300 {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for reader in 0..<3 { group.addTask { if reader > 0 { try await grants.load(manifest.id, in: tenant) } } }
                    group.addTask { try await grants.set(round.isMultiple(of: 2) ? wide : narrow, in: tenant) }
                    if round.isMultiple(of: 3) { group.addTask { try await grants.set(round.isMultiple(of: 2) ? narrow : wide, in: tenant) } }
                    try await group.waitForAll()
                }
                let kept = try await Grant.find(manifest.id, in: tenant)?.permissions
                #expect(grants.permissions(of: manifest.id, for: tenant.id) == kept, "round \(round)")
            }
        }
    }

    @Test func `what was granted is allowed, everything else refused with its name`() async throws {
        try await Self.with { grants, tenant, manifest, told in
            try await grants.grantRequests(of: manifest, by: "ada", in: tenant)
            try grants.authorize(.documents, "read", on: Self.photograph, for: manifest.id, of: tenant.id)
            let refused = await problem {
                try grants.authorize(.secrets, "read", on: .name("bank"), for: manifest.id, of: tenant.id)
            }
            #expect(refused?.code == .permissionDenied)
            #expect(refused?.message == "permission denied: secrets read of bank for plugin sample")
            #expect(refused?.hint?.contains("plugin permissions sample --tenant acme") == true)
            let never = await problem {
                try grants.authorize(.events, "emit", on: .name("x"), for: manifest.id, of: tenant.id)
            }
            #expect(never?.hint == "the manifest asks for it with `permissions: [{resource: events, actions: [emit]}]`")
            #expect(told.refusals.withLock { $0.map(\.subject) } == ["bank", "x"])
            let other = await problem {
                try grants.authorize(.documents, "read", on: Self.photograph, for: manifest.id, of: TenantID(unchecked: "other"))
            }
            #expect(other?.code == .permissionDenied)
        }
    }

    @Test func `grants and counts outlive the daemon`() async throws {
        try await Self.with { grants, tenant, manifest, _ in
            try await grants.grantRequests(of: manifest, by: "ada", in: tenant)
            try grants.authorize(.documents, "read", on: Self.photograph, for: manifest.id, of: tenant.id)
            await grants.flush()
            let grant = try #require(try await Grant.find(manifest.id, in: tenant))
            #expect(grant.consentedBy == "ada" && grant.version == "1.0.0" && grant.permissions.count == 3)
            let uses = try await grants.uses(of: manifest.id, in: tenant)
            #expect(uses.map(\.allowed) == [1] && uses[0].largest == 3 << 20 && uses[0].key.subject == "image/jpeg")
            #expect(uses[0].last > 1_700_000_000_000)
        }
    }

    @Test func `the same requests do not undo what a person narrowed, new ones are granted`() async throws {
        try await Self.with { grants, tenant, manifest, _ in
            try await grants.grantRequests(of: manifest, by: "ada", in: tenant)
            var grant = try #require(try await Grant.find(manifest.id, in: tenant))
            grant.permissions = try GrantChange.revoke(.secrets, actions: ["read"]).applied(
                to: grant.permissions, requested: grant.requested, uses: [])
            try await grants.set(grant, in: tenant)
            try await grants.grantRequests(of: manifest, by: "bob", in: tenant)
            #expect(!grants.allows(.secrets, "read", on: .name("mail-a"), for: manifest.id, of: tenant.id))
            let wider = try Self.manifest(Self.wide + "  - {resource: notifications, actions: [send]}\n", version: "1.1.0")
            #expect(grant.difference(to: wider).direction == .widened)
            #expect(grant.difference(to: manifest).direction == .same)
            try await grants.grantRequests(of: wider, by: "bob", in: tenant)
            #expect(grants.allows(.secrets, "read", on: .name("mail-a"), for: manifest.id, of: tenant.id))
            #expect(try await Grant.find(manifest.id, in: tenant)?.consentedBy == "bob")
        }
    }

    @Test func `a version that asks for less may do less, whatever was granted to the one before`() async throws {
        try await Self.with { grants, tenant, manifest, told in
            try await grants.grantRequests(of: manifest, by: "ada", in: tenant)
            let narrow = try Self.manifest(
                """
                permissions:
                  - {resource: documents, actions: [read], conditions: {media-types: [image/png], max-size: 20MiB}}

                """, version: "1.1.0")
            let asked = narrow.requests.map(\.permission)
            let png = PermissionSubject.document(mediaType: "image/png", size: .mebibytes(3))
            let large = PermissionSubject.document(mediaType: "image/png", size: .mebibytes(15))
            func may(_ subject: PermissionSubject, _ asked: [Permission]?) async -> Bool {
                await problem {
                    try grants.authorize(.documents, "read", on: subject, for: manifest.id, of: tenant.id, asking: asked)
                } == nil
            }
            // A child of the new version that is tried out beside the old one.
            let (candidate, old) = (await may(Self.photograph, asked), await may(Self.photograph, nil))
            #expect(!candidate && old)
            grants.putInForce(narrow, for: tenant.id)
            let (photograph, picture, tooLarge) = (await may(Self.photograph, nil), await may(png, nil), await may(large, nil))
            #expect(!photograph && picture && !tooLarge)
            #expect(!grants.allows(.storage, "read", on: .key("a"), for: manifest.id, of: tenant.id))
            #expect(!grants.admit(.secrets, "read", on: .name("mail-a"), for: manifest.id, of: tenant.id))
            let left = grants.permissions(of: manifest.id, for: tenant.id).map(\.description)
            #expect(left == ["documents read (image/png; up to 10MiB)"])
            let refused = await problem {
                try grants.authorize(.storage, "read", on: .key("a"), for: manifest.id, of: tenant.id)
            }
            #expect(refused?.hint?.hasPrefix("the manifest asks for it with") == true)
            #expect(try await Grant.find(manifest.id, in: tenant)?.permissions.count == 3)
            let account = GrantAccount(narrow, try await Grant.find(manifest.id, in: tenant), [])
            #expect(account.lines.map(\.action) == ["read"] && account.grant?.permissions.map(\.description) == left)
            grants.putInForce(manifest, for: tenant.id)
            let back = await may(Self.photograph, nil)
            #expect(back)
        }
    }

    @Test func `another profile is consented to with what was narrowed left narrow, and the package is kept`() async throws {
        try await Self.with { grants, tenant, manifest, _ in
            let digest = try #require(BlobDigest("sha256:" + String(repeating: "a", count: 64)))
            try await grants.set(Grant(manifest, of: digest, permissions: [], consentedBy: "ada"), in: tenant)
            let kept = try #require(try await Grant.find(manifest.id, in: tenant))
            #expect(kept.digest == digest && kept.profile == "default" && kept.version == "1.0.0")
            let other = try Self.manifest(Self.wide + "profile: python\n", version: "1.1.0")
            try await grants.grantRequests(of: other, by: "bob", in: tenant)
            let changed = try #require(try await Grant.find(manifest.id, in: tenant))
            #expect(changed.profile == "python" && changed.permissions.isEmpty && changed.consentedBy == "bob")
        }
    }

    @Test func `a change of grants holds at once and is told`() async throws {
        try await Self.with { grants, tenant, manifest, _ in
            let told = Mutex<[Int]>([])
            grants.observe { _, grant in told.withLock { $0.append(grant.permissions.count) } }
            try await grants.grantRequests(of: manifest, by: "ada", in: tenant)
            var grant = try #require(try await Grant.find(manifest.id, in: tenant))
            grant.permissions = []
            try await grants.set(grant, in: tenant)
            #expect(!grants.allows(.storage, "read", on: .key("a"), for: manifest.id, of: tenant.id))
            #expect(told.withLock { $0 } == [0])
        }
    }

    @Test func `shrinking leaves what was used and nothing more`() async throws {
        try await Self.with { grants, tenant, manifest, _ in
            try await grants.grantRequests(of: manifest, by: "ada", in: tenant)
            try grants.authorize(.documents, "read", on: Self.photograph, for: manifest.id, of: tenant.id)
            try grants.authorize(.secrets, "read", on: .name("mail-a"), for: manifest.id, of: tenant.id)
            let uses = try await grants.uses(of: manifest.id, in: tenant)
            let before = grants.permissions(of: manifest.id, for: tenant.id)
            let after = before.shrunk(to: uses)
            #expect(
                after.map(\.description) == ["documents read (image/jpeg; up to 3MiB)", "secrets read (mail-a)"])
            #expect(PermissionDifference(from: before, to: after).direction == .narrowed)
        }
    }

    @Test func `the network shrinks to the hosts that were used, addresses with colons among them`() {
        var conditions = Permission.Conditions()
        conditions.hosts = ["*.example.org", "2001:db8::1", "192.0.2.7"]
        conditions.ports = [443, 8080, 8443]
        let uses = [("api.example.org", 443), ("2001:db8::1", 8443)].map { host, port in
            let subject = PermissionSubject.endpoint(host: host, port: port, method: nil)
            return GrantUse(GrantUse.Key(.network, "connect", subject), allowed: 1)
        }
        let after = [Permission(.network, ["connect"], conditions)].shrunk(to: uses)
        #expect(after.first?.conditions.hosts == ["2001:db8::1", "api.example.org"])
        #expect(after.first?.conditions.ports == [443, 8443])
        for (host, port) in [("api.example.org", 443), ("2001:db8::1", 8443)] {
            #expect(after.allows(.network, "connect", on: .endpoint(host: host, port: port, method: nil)))
        }
    }

    @Test func `a plugin that asks for a thousand names fills neither memory, database nor log`() async throws {
        try await Self.with { grants, tenant, manifest, told in
            try await grants.grantRequests(of: manifest, by: "ada", in: tenant)
            for round in 0..<3 {
                for number in 0..<1000 {
                    try grants.authorize(.secrets, "read", on: .name("mail-\(round)-\(number)"), for: manifest.id, of: tenant.id)
                    try? grants.authorize(.secrets, "read", on: .name("bank-\(number)"), for: manifest.id, of: tenant.id)
                }
                await grants.flush()
            }
            let uses = try await grants.uses(of: manifest.id, in: tenant)
            #expect(uses.count <= GrantUse.subjectLimit + 1)
            #expect(uses.reduce(0) { $0 + $1.allowed } == 3000 && uses.reduce(0) { $0 + $1.refused } == 3000)
            #expect(uses.contains { $0.key.subject == GrantUse.others })
            #expect(told.refusals.withLock { $0.count } < 200)
            // What is not known one by one is not taken away.
            let after = grants.permissions(of: manifest.id, for: tenant.id).shrunk(to: uses)
            #expect(after.map(\.description) == ["secrets read (mail-*)"])
        }
    }

    @Test(arguments: [
        ("documents", "documents read,create,delete"), ("storage:read", "storage read"), ("documents:read,create", "documents read,create"),
        ("documnets", "did you mean documents?"), ("storage:fly", "not an action on storage"), ("storage:", "not an action on storage"),
    ])
    func `a change names a resource and its actions`(text: String, expected: String) async {
        do throws(Problem) {
            let (resource, actions) = try GrantChange.parts(text)
            #expect("\(resource.rawValue) \(actions.joined(separator: ","))" == expected)
        } catch {
            #expect(error.description.contains(expected))
        }
    }

    @Test func `a person can grant what the manifest asks for and nothing else`() throws {
        let requested = try Self.manifest(Self.wide).requests.map(\.permission)
        let granted = try GrantChange.grant(.documents, actions: ["read"]).applied(to: [], requested: requested, uses: [])
        #expect(granted.map(\.description) == ["documents read (image/*; up to 10MiB)"])
        #expect(throws: Problem.self) {
            _ = try GrantChange.grant(.network, actions: ["connect"]).applied(to: [], requested: requested, uses: [])
        }
    }
}
