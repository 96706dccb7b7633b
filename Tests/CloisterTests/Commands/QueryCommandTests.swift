import Control
import Model
import Testing

@testable import cloister

@Suite(.timeLimit(.minutes(2)))
struct QueryCommandTests {
    @Test func `status shows what is enforced and who runs`() async throws {
        try await CommandFixture.with({ _, _ in .value(Sample.status.json) }) { (fixture) async throws in
            let run = try await fixture.run("status")
            #expect(run.status == 0)
            #expect(
                run.output == """
                    daemon         cloister 0.1.0, ready, process 4242, up 2h 5m
                    data           /var/lib/cloister
                    socket         /run/cloister/control.sock
                    identities     subordinate
                    control group  /sys/fs/cgroup/cloister
                    enforced       memory, processes, cpu, kill
                    not enforced   io
                                   io: the controller is not delegated
                    tenants        1
                    children       1

                    TENANT  PLUGIN  INSTANCE  STATE  PROCESS  MEMORY   PEAK   CPU  RESTARTS
                    acme    exif           1  ready     4711   12MiB  20MiB  45ms         0

                    """)
            #expect(run.errors.isEmpty)
        }
    }

    @Test func `with --json the answer is the daemon's own, on one line`() async throws {
        try await CommandFixture.with({ _, _ in .value(Sample.status.json) }) { (fixture) async throws in
            let run = try await fixture.run("status", "--json")
            #expect(run.output == Sample.status.json.compactText + "\n")
        }
    }

    @Test func `tenants are listed, shown and told apart from none`() async throws {
        try await CommandFixture.with({ request, _ in
            request == .tenantList() ? .value(TenantReport.json([Sample.tenant])) : .value(Sample.tenant.json)
        }) { (fixture) async throws in
            #expect(
                try await fixture.run("tenant", "list").output == """
                    TENANT  PLUGINS  MEMORY  PROCESSES  CPU  WEIGHT  DISK  NAME
                    acme          1  512MiB        128    1     100  1GiB  Acme Inc.

                    """)
            #expect(
                try await fixture.run("tenant", "show", "acme").output == """
                    tenant      acme
                    name        Acme Inc.
                    plugins     1
                    memory      12MiB of 512MiB
                    processes   2 of 128
                    cpu         1 core
                    cpu weight  100
                    disk        0B of 1GiB

                    """)
        }
        try await CommandFixture.with({ _, _ in .value(TenantReport.json([])) }) { (fixture) async throws in
            #expect(try await fixture.run("tenant", "list").output == "no tenants yet; make one with: cloister tenant create ID\n")
        }
    }

    @Test func `options of a quota become a change`() async throws {
        try await CommandFixture.with({ _, _ in .value(Sample.tenant.json) }) { (fixture) async throws in
            let created = try await fixture.run(
                "tenant", "create", "acme", "--name", "Acme Inc.", "--memory", "1GiB", "--processes", "64", "--cpu", "0.5",
                "--cpu-weight", "50", "--disk", "2GiB")
            #expect(created.status == 0)
            #expect(try await fixture.run("tenant", "quota", "acme", "--cpu", "2").status == 0)
            #expect(try await fixture.run("tenant", "quota", "acme").status == 0)
            #expect(try await fixture.run("tenant", "delete", "acme", "--yes").output == "deleted tenant acme\n")
            #expect(
                fixture.requests.all == [
                    .tenantCreate(
                        Sample.acme, name: "Acme Inc.",
                        QuotaChange(memory: .gibibytes(1), processes: 64, cpu: 0.5, cpuWeight: 50, disk: .gibibytes(2))),
                    .tenantQuota(Sample.acme, QuotaChange(cpu: 2)), .tenantQuota(Sample.acme, QuotaChange()),
                    .tenantDelete(Sample.acme),
                ])
        }
    }

    @Test func `plugins are listed and shown with the end of the last child`() async throws {
        try await CommandFixture.with({ request, _ in
            if case .pluginList = request { return .value(PluginReport.json([Sample.plugin])) }
            return .value(Sample.plugin.json)
        }) { (fixture) async throws in
            #expect(
                try await fixture.run("plugin", "list", "--tenant", "acme").output == """
                    PLUGIN  VERSION  TENANT  STATUS  STATE  CHILDREN  TOOLS  NAME
                    exif    1.0.0    acme    active  ready         1      1  EXIF metadata

                    """)
            #expect(
                try await fixture.run("plugin", "show", "exif", "--tenant", "acme").output == """
                    plugin     exif
                    name       EXIF metadata
                    version    1.0.0
                    tenant     acme
                    folder     /srv/exif
                    status     active
                    state      ready
                    last exit  exited 3, at 2026-01-01T00:00:00.000Z
                    stderr     one
                               two

                    TOOL     DESCRIPTION
                    extract  Reads the metadata.

                    TENANT  PLUGIN  INSTANCE  STATE  PROCESS  MEMORY   PEAK   CPU  RESTARTS
                    acme    exif           1  ready     4711   12MiB  20MiB  45ms         0

                    """)
            #expect(
                try await fixture.run("plugin", "restart", "exif", "--tenant", "acme").output == """
                    EXIF metadata 1.0.0 (exif) for acme: ready
                      extract  Reads the metadata.

                    """)
            #expect(try await fixture.run("plugin", "stop", "exif", "--tenant", "acme").output == "exif of acme: ready\n")
            #expect(
                fixture.requests.all == [
                    .pluginList(Sample.acme), .pluginShow(Sample.exif), .pluginRestart(Sample.exif), .pluginStop(Sample.exif),
                ])
        }
    }

    @Test func `a daemon that answers something else is told apart from a wrong command`() async throws {
        try await CommandFixture.with({ _, _ in .value(["mood": "good"]) }) { (fixture) async throws in
            let run = try await fixture.run("status")
            #expect(run.status == 70)
            #expect(run.errors.contains("status: /state: missing"))
            #expect(run.output.isEmpty)
        }
    }
}
