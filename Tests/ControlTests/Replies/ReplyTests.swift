import Model
import Testing

@testable import Control

struct ReplyTests {
    private static let child = ChildReport(
        tenant: TenantID(unchecked: "acme"), plugin: PluginID(unchecked: "exif"), instance: "1", state: "ready",
        processID: 4711, memoryBytes: 1 << 20, memoryPeakBytes: 2 << 20, cpuMicroseconds: 1500, restarts: 2)
    private static let resting = ChildReport(
        tenant: TenantID(unchecked: "acme"), plugin: PluginID(unchecked: "exif"), instance: "2", state: "backing off",
        processID: nil, memoryBytes: nil, memoryPeakBytes: nil, cpuMicroseconds: nil, restarts: 0)
    private static let plugin = PluginReport(
        id: PluginID(unchecked: "exif"), name: "EXIF", version: "1.0.0", tenant: TenantID(unchecked: "acme"),
        folder: "/srv/exif", state: "ready",
        installation: InstallationReport(
            status: "active", digest: "sha256:00", isPinned: true, notice: "version 2.0.0 waits",
            releases: [.init(version: "1.0.0", digest: "sha256:00", role: "current", signers: ["author"])],
            needs: ["storage read"]),
        tools: [.init(name: "extract", description: "reads it")],
        instances: [child, resting],
        lastExit: ExitReport(kind: .protocol, reason: "a line too long", at: "2026-01-01T00:00:00.000Z", stderr: "no"))

    @Test func `a status comes back as it was`() throws {
        var status = StatusReport(
            version: "0.1.0", state: .ready, processID: 1, uptimeSeconds: 60, data: "/var/lib/cloister",
            socket: "/run/cloister/control.sock", identities: "range",
            enforcement: EnforcementReport(
                controlGroup: nil, memory: true, processes: true, cpu: false, io: false, kill: true, missing: ["io: no"]),
            tenants: 3, children: [Self.child, Self.resting])
        #expect(try StatusReport(status.json) == status)
        status.egress = EgressReport(sentBytes: 1, receivedBytes: 2, requests: 3, refusals: 4, connections: 5)
        #expect(try StatusReport(status.json) == status)
    }

    @Test func `plugins come back as they were`() throws {
        var fresh = Self.plugin
        fresh.lastExit = nil
        fresh.egress = EgressReport(sentBytes: 1, receivedBytes: 2, requests: 3, refusals: 4, connections: 5)
        fresh.grants = ["storage read, write (below a/)"]
        #expect(try PluginReport.list(PluginReport.json([Self.plugin, fresh])) == [Self.plugin, fresh])
        for kind in ExitReport.Kind.allCases {
            let exit = ExitReport(kind: kind, reason: "r", at: "t", stderr: "")
            #expect(try ExitReport(exit.json) == exit)
        }
    }

    @Test func `tenants come back as they were`() throws {
        let plain = TenantReport(id: TenantID(unchecked: "acme"), name: nil, quota: .ordinary, plugins: 0)
        let used = TenantReport(
            id: TenantID(unchecked: "b"), name: "B", quota: .ordinary,
            usage: .init(memoryBytes: 1, processes: 2, diskBytes: 3), plugins: 1)
        #expect(try TenantReport.list(TenantReport.json([plain, used])) == [plain, used])
    }

    @Test func `backups and restores come back as they were`() throws {
        let good = BackupReport(
            id: BackupID(unchecked: "b-1"),
            content: BackupReport.Content(mark: "t", databaseBytes: 1, blobs: 2, blobBytes: 3, writtenBytes: nil))
        let damaged = BackupReport(id: BackupID(unchecked: "b-2"), content: nil)
        #expect(try BackupReport.list(BackupReport.json([good, damaged])) == [good, damaged])
        let restore = RestoreReport(
            tenant: TenantID(unchecked: "acme"), backup: good.id, undo: damaged.id,
            differences: [RestoreReport.Difference(table: "t", before: 1, after: 2)])
        #expect(try RestoreReport(restore.json) == restore)
    }

    @Test func `keys come back as they were`() throws {
        let plain = KeyReport(
            id: KeyID(unchecked: "key-1"), name: "ci", tenant: nil, scopes: [], start: "cloister_live_ab", created: "t",
            createdBy: "root", expires: nil, lastUsed: nil)
        let full = KeyReport(
            id: KeyID(unchecked: "key-2"), name: "b", tenant: TenantID(unchecked: "acme"), scopes: ["plugins:call"],
            start: "cloister_test_ab", created: "t", createdBy: "root", expires: "u", lastUsed: "v", text: "cloister_test_abc")
        #expect(try KeyReport.list(KeyReport.json([plain, full])) == [plain, full])
    }

    @Test func `persons, invitations and sessions come back as they were`() throws {
        let (acme, ada) = (TenantID(unchecked: "acme"), PersonID(unchecked: "person-1"))
        let people = [
            PersonReport(
                id: ada, tenant: nil, email: "a@b.c", name: "A", role: "platform-owner", created: "t", lastLogin: nil,
                hasSecondFactor: false),
            PersonReport(
                id: ada, tenant: acme, email: "a@b.c", name: "A", role: "owner", created: "t", lastLogin: "u", hasSecondFactor: true),
        ]
        #expect(try PersonReport.list(PersonReport.json(people)) == people)
        let invitations = [nil, "cloister_invitation_a"].map { text in
            InvitationReport(
                id: InvitationID(unchecked: "invitation-1"), tenant: acme, email: "a@b.c", role: "member", created: "t",
                createdBy: "root", expires: "u", text: text)
        }
        #expect(try InvitationReport.list(InvitationReport.json(invitations)) == invitations)
        let session = SessionReport(
            id: SessionID(unchecked: "session-1"), tenant: acme, person: ada, created: "t", lastUsed: "u", expires: "v",
            address: "192.0.2.1", agent: "curl")
        #expect(try SessionReport.list(SessionReport.json([session])) == [session])
    }

    @Test func `documents and log lines come back as they were`() throws {
        let document = DocumentReport(
            handle: DocumentHandle(unchecked: "d-1"), sha256: "00", size: ByteSize(bytes: 7))
        #expect(try DocumentReport(document.json) == document)
        let line = LogLine(number: 7, at: "t", instance: "3", level: "warning", text: "hm")
        #expect(try LogLine(line.json) == line)
    }

    @Test func `a newer daemon may say more, but not less`() throws {
        var members = try #require(Self.child.json.object)
        members["mood"] = "good"
        #expect(try ChildReport(.object(members)) == Self.child)
        members["state"] = nil
        #expect {
            try ChildReport(.object(members))
        } throws: { error in
            (error as? Problem)?.message == "child: /state: missing or of another kind than expected"
        }
    }
}
