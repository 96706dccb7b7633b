import Glibc
import HostTesting
import Model
import Testing

@testable import Sandbox

/// Real launches under the profiles that ship.
@Suite(.serialized, .timeLimit(.minutes(2))) struct LaunchTests {
    private func run(
        _ command: [String], profile: String = "default", input: String = "",
        _ prepare: (inout LaunchPlan, SandboxFixture) throws -> Void = { _, _ in }
    ) throws -> SealedRun {
        try TemporaryFolder.with { folder in
            let fixture = try SandboxFixture(folder: folder, profile: profile)
            var plan = fixture.plan(command)
            try prepare(&plan, fixture)
            return try SealedRun.run(plan, input: input)
        }
    }

    @Test func `a program runs, reads, writes and ends with its status`() throws {
        let run = try run(["/bin/sh", "-c", "cat; echo oops >&2; exit 3"], input: "hello")
        #expect(run.output == "hello")
        #expect(run.errors == "oops\n")
        #expect(run.exit == 3)
    }

    @Test func `the child sees its own root and nothing else of the host`() throws {
        let run = try run(["/bin/sh", "-c", "ls /; ls /dev; id -u; hostname; pwd"])
        let words = Set(run.output.split(whereSeparator: \.isWhitespace))
        #expect(words.isSuperset(of: ["usr", "plugin", "data", "exchange", "tmp", "proc", "dev", "etc", "1000", "cloister", "/plugin"]))
        #expect(words.isDisjoint(with: ["home", "root", "var", "srv", "boot", "sys", "run", "opt", "mnt"]), "\(words)")
        #expect(run.output.contains("full\nfd\nnull\nrandom\nstderr\nstdin\nstdout\nurandom\nzero") || words.contains("urandom"))
    }

    @Test func `the SDKs can be read, and neither changed nor executed`() throws {
        let run = try run(["/bin/sh", "-c", "cat /sdk/tool; (echo x >/sdk/tool) 2>/dev/null; touch /sdk/new; /sdk/tool"]) { _, fixture in
            guard let file = fopen(fixture.folder + "/sdk/tool", "we") else { return }
            fputs("#!/bin/sh\necho ran\n", file)
            fclose(file)
            chmod(fixture.folder + "/sdk/tool", 0o755)
            // Everyone may write: what holds is the mount.
            chmod(fixture.folder + "/sdk", 0o777)
        }
        #expect(run.output == "#!/bin/sh\necho ran\n")
        #expect(run.errors.contains("/sdk/new") && run.errors.contains("Permission denied"), "\(run)")
        #expect(run.exit == 126, "\(run)")
    }

    @Test func `only the standard streams are open`() throws {
        let run = try run(["/bin/sh", "-c", "ls /proc/self/fd"])
        // The fourth is the folder that ls reads.
        #expect(run.output == "0\n1\n2\n3\n")
    }

    @Test func `a program may use every processor that the daemon may`() throws {
        let file = open("/proc/self/status", O_RDONLY | O_CLOEXEC)
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 14)
        let count = read(file, &bytes, bytes.count)
        let status = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
        let line = status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed:") }
        #expect(try run(["/bin/grep", "Cpus_allowed:", "/proc/self/status"]).output == "\(line ?? "none")\n")
    }

    @Test func `nothing is privileged`() throws {
        let run = try run(["/bin/cat", "/proc/self/status"])
        for line in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] {
            #expect(run.output.contains("\(line):\t0000000000000000"))
        }
        #expect(run.output.contains("NoNewPrivs:\t1"))
        #expect(run.output.contains("Seccomp:\t2"))
    }

    @Test(arguments: ["default", "python"])
    func `CPython runs with threads, children and files of its own`(profile: String) throws {
        let script = """
            import threading, subprocess, hashlib, json, socket, ssl, sqlite3, os
            t = threading.Thread(target=lambda: open('/data/x', 'w').write('y')); t.start(); t.join()
            print(subprocess.run(['/bin/echo', 'child'], capture_output=True, text=True).stdout.strip(), open('/data/x').read())
            """
        let run = try run(["/usr/bin/python3", "-I", "-c", script], profile: profile)
        #expect(run.output == "child y\n", "\(run)")
    }

    @Test(.enabled(if: access("/usr/bin/node", X_OK) == 0), arguments: ["default", "node"])
    func `Node runs with its compiler and workers`(profile: String) throws {
        let script = """
            const { Worker } = require('worker_threads');
            let sum = 0; for (let i = 0; i < 1e6; i++) sum += i;
            new Worker('require("worker_threads").parentPort.postMessage(1)', { eval: true }).on('message', m => console.log(sum, m));
            """
        let run = try run(["/usr/bin/node", "-e", script], profile: profile)
        #expect(run.output == "499999500000 1\n", "\(run)")
    }

    private static let swiftProgram = Built.root + "/.build/release/checksum"

    @Test(.enabled(if: access(swiftProgram, X_OK) == 0))
    func `a Swift executable runs`() throws {
        let run = try run(["/plugin/checksum"], input: #"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocol":"cloister/1"}}"# + "\n") {
            try copy(Self.swiftProgram, to: $1.pluginFolder + "/checksum", mode: 0o755)
        }
        #expect(run.output.contains(#""id":1"#), "\(run)")
    }

    @Test func `a step that fails is named with its place and errno, and nothing runs`() throws {
        let run = try run(["/bin/echo", "ran"]) { plan, _ in
            plan.mounts.append(.bind("/nonexistent", at: "x", writable: false, executable: false, refusingLinks: true))
        }
        #expect(run.failure == "building the filesystem view at /nonexistent: 2")
        #expect(run.output.isEmpty)
    }

    @Test func `a program that somebody still has open for writing is waited for`() throws {
        let run = try run(["/plugin/echo", "ran"]) { plan, fixture in
            let program = fixture.pluginFolder + "/echo"
            try copy("/bin/echo", to: program, mode: 0o755)
            let writer = open(program, O_WRONLY | O_CLOEXEC)
            #expect(writer >= 0)
            Task.detached { [writer] in
                try? await Task.sleep(for: .milliseconds(200))
                close(writer)
            }
            _ = plan
        }
        #expect(run.output == "ran\n", "\(run)")
    }

    @Test func `a link planted where a folder is bound ends the launch`() throws {
        let run = try run(["/bin/echo", "ran"]) { plan, fixture in
            rmdir(fixture.dataFolder)
            symlink("/etc", fixture.dataFolder)
            _ = plan
        }
        #expect(run.failure?.hasPrefix("building the filesystem view at") == true, "\(run)")
        #expect(run.output.isEmpty)
    }

    @Test func `a file that is not a memory device ends the launch`() throws {
        let run = try run(["/bin/echo", "ran"]) { plan, _ in plan.mounts.append(.device("/etc/hostname", at: "dev/x")) }
        #expect(run.failure == "building the filesystem view at /etc/hostname: \(ENODEV)")
    }

    @Test func `a call that the profile lists under kill is named`() throws {
        let run = try run(["/bin/sh", "-c", "echo before; sync; echo after"]) { plan, fixture in
            var policy = fixture.profile.systemCalls
            policy.rules["sync"] = .init(otherwise: .kill)
            plan.filter = try SyscallFilter.compile(policy)
        }
        guard case .filtered(let number)? = run.statuses.last else {
            Issue.record("\(run)")
            return
        }
        #expect(SystemCallTable.name(of: number) == "sync")
        #expect(!run.output.contains("after"))
    }

    @Test func `text with a zero byte never reaches the launcher`() throws {
        try TemporaryFolder.with { folder in
            let plan = try SandboxFixture(folder: folder).plan(["/bin/true", "a\0b"])
            #expect(throws: Problem.self) { try plan.encoded(parent: 1) }
        }
    }
}
