import Foundation
import Glibc
import Model
import Store
import Testing

@testable import Plugins

struct PluginFolderTests {
    @Test func `a folder with a manifest and an executable opens, by its real path`() async throws {
        try await PluginFixture.with { (fixture: PluginFixture) async throws in
            symlink(fixture.path, fixture.path + "-link")
            defer { unlink(fixture.path + "-link") }
            let folder = try fixture.open(fixture.path + "-link/../sample/")
            #expect(folder.path == fixture.path)
            #expect(folder.manifest.id.rawValue == "sample")
            #expect(folder.executablePath == fixture.path + "/main")
        }
    }

    @Test func `a place that holds no plugin is refused with the reason`() async throws {
        try await PluginFixture.with { (fixture: PluginFixture) async throws in
            #expect(fixture.problem("sample") == "plugin folder is not an absolute path: sample")
            #expect(fixture.problem(fixture.path + "/none") == "plugin folder not found: \(fixture.path)/none")
            #expect(
                fixture.problem(fixture.path + "/main")
                    == "not a folder: \(fixture.path)/main (name the folder that holds plugin.yaml)")
            #expect(fixture.problem("/") == "the root of the file system is no plugin folder")
            let data = fixture.dataFolder.path
            #expect(
                fixture.problem(data)
                    == "plugin folder overlaps the data folder: \(data) (what runs must not lie among what it writes; move it out of \(data))"
            )
            #expect(fixture.problem(fixture.dataFolder.tenantsPath)?.hasPrefix("plugin folder overlaps") == true)
            #expect(
                fixture.problem((fixture.path as NSString).deletingLastPathComponent)?.hasPrefix(
                    "plugin folder overlaps") == true)
            symlink(data, fixture.path + "/link")
            #expect(fixture.problem(fixture.path + "/link")?.hasPrefix("plugin folder overlaps") == true)
            unlink(fixture.path + "/plugin.yaml")
            #expect(fixture.problem() == "no plugin in \(fixture.path) (a plugin's folder holds a file plugin.yaml)")
        }
    }

    @Test func `a manifest that is a link, a device or too large is not read`() async throws {
        try await PluginFixture.with { (fixture: PluginFixture) async throws in
            let file = fixture.path + "/plugin.yaml"
            unlink(file)
            symlink("/etc/passwd", file)
            #expect(fixture.problem() == "not a regular file: \(file)")
            unlink(file)
            mkfifo(file, 0o600)
            #expect(fixture.problem() == "not a regular file: \(file)")
            unlink(file)
            try fixture.write("plugin.yaml", String(repeating: "#", count: 1 << 20 | 1))
            #expect(fixture.problem() == "plugin.yaml: larger than 1MiB")
        }
    }

    @Test func `an executable that cannot start is named at its place in the manifest`() async throws {
        try await PluginFixture.with { (fixture: PluginFixture) async throws in
            let main = fixture.path + "/main"
            func expect(_ text: String, _ hint: String? = nil, line: Int = #line) {
                let hint = hint.map { " (\($0))" } ?? ""
                #expect(fixture.problem() == "plugin.yaml:7:11: command[0]: \(text)\(hint)", "line \(line)")
            }
            unlink(main)
            expect("executable not found: \(main)")
            mkdir(main, 0o755)
            expect("not a file: \(main)", "the command starts with an executable")
            rmdir(main)
            try fixture.write("main", "#!/bin/sh\n")
            expect("not executable: \(main)", "chmod +x \(main)")
            try fixture.write("main", "", mode: 0o755)
            expect(
                "an empty file: \(main)",
                "a script starts with a line such as #!/bin/sh, or is an argument of its interpreter")
            try fixture.write("main", "print('x')", mode: 0o755)
            expect(
                "neither an ELF executable nor a script: \(main)",
                "a script starts with a line such as #!/bin/sh, or is an argument of its interpreter")
            try fixture.write("Makefile", "main:\n")
            unlink(main)
            expect("executable not found: \(main)", "build it first: make -C \(fixture.path)")
            try fixture.write("main", "#!/opt/none/sh\n", mode: 0o755)
            expect("a script whose interpreter is missing: /opt/none/sh", "here it is /usr/bin/sh")
            try fixture.write("main", "#!/usr/bin/none -x\n", mode: 0o755)
            expect("a script whose interpreter is missing: /usr/bin/none")
            try fixture.write("main", "#! /bin/sh\r\nexit\r\n", mode: 0o755)
            expect(
                "a script whose interpreter is missing: /bin/sh", "its lines end like those of Windows; convert them")
            try fixture.write("main", "#!python3\n", mode: 0o755)
            expect("a script whose first line names no absolute interpreter: \(main)")
            try fixture.write("main", "#! /bin/sh -e\n", mode: 0o755)
            #expect(fixture.problem() == nil)
        }
    }

    @Test func `a program's bare name is answered with its path`() async throws {
        let manifest = PluginFixture.manifest.replacing("[main]", with: "[sh, main]")
        try await PluginFixture.with(manifest: manifest) { (fixture: PluginFixture) async throws in
            #expect(
                fixture.problem()
                    == "plugin.yaml:7:11: command[0]: executable not found: \(fixture.path)/sh (the command starts with a path: /usr/bin/sh)"
            )
        }
    }

    @Test(arguments: [
        ("[/bin/sh, mian.sh]", "plugin.yaml:7:20: command[1]: script not found: mian.sh (did you mean main.sh?)"),
        ("[/usr/bin/env, -u, /plugin/other.py]", "plugin.yaml:7:29: command[2]: script not found: /plugin/other.py"),
        ("[/bin/sh, windows.sh]", "plugin.yaml:7:20: command[1]: a shell script whose lines end like those of Windows: windows.sh"),
        ("[/bin/sh, main.sh, none.sh]", nil), ("[/bin/sh, -c, none.sh]", nil), ("[/bin/sh, /data/none.sh]", nil),
        ("[/bin/cat, windows.sh]", nil), ("[/bin/sh, none]", nil), ("[./main, none.sh]", nil),
    ] as [(String, String?)])
    func `a script that its interpreter will not read is found before it is started`(command: String, problem: String?) async throws {
        let manifest = PluginFixture.manifest.replacing("[main]", with: command)
        try await PluginFixture.with(manifest: manifest) { (fixture: PluginFixture) async throws in
            try fixture.write("main.sh", "#!/bin/sh\nexit\n")
            try fixture.write("windows.sh", "#!/bin/sh\r\nexit\r\n")
            let found = PluginFolder.inspect(fixture.path, profiles: ["default"]).problems.problems.map(\.description)
            if let problem {
                #expect(found.count == 1 && found.first?.hasPrefix(problem) == true, "\(found)")
            } else {
                #expect(found == [])
            }
        }
    }

    @Test func `an ELF file of another machine, kind or system is told apart from one that runs`() async throws {
        try await PluginFixture.with { (fixture: PluginFixture) async throws in
            let main = fixture.path + "/main"
            let own = [UInt8](FileManager.default.contents(atPath: "/bin/sh") ?? Data())
            try #require(own.count > 4096)
            func problem(_ change: (inout [UInt8]) -> Void) throws -> String {
                var bytes = own
                change(&bytes)
                try fixture.write("main", bytes, mode: 0o755)
                return fixture.problem() ?? "none"
            }
            #expect(try problem { _ in } == "none")
            let prefix = "plugin.yaml:7:11: command[0]: "
            let foreign: (UInt8, String) = own[18] == 62 ? (183, "aarch64") : (62, "x86_64")
            #expect(
                try problem { $0[18] = foreign.0 }.hasPrefix(
                    prefix + "an executable for \(foreign.1): \(main) (this machine is "))
            #expect(try problem { ($0[18], $0[19]) = (9, 9) }.hasPrefix(prefix + "an executable for another machine: "))
            #expect(try problem { $0[4] = 1 }.hasPrefix(prefix + "an executable for a 32-bit machine: "))
            #expect(try problem { $0[5] = 2 }.hasPrefix(prefix + "an executable for another machine: "))
            #expect(try problem { $0[16] = 1 }.hasPrefix(prefix + "an ELF file that is no executable: "))
            #expect(try problem { $0.removeSubrange(30...) }.hasPrefix(prefix + "an executable for another machine: "))
            let loader = try #require(own.firstRange(of: Array("/ld-linux".utf8)))
            #expect(
                try problem { $0[loader.lowerBound + 1] = UInt8(ascii: "x") }.hasPrefix(
                    prefix + "an executable whose loader is missing: /lib"))
        }
    }

    @Test func `headers that lie about offsets and sizes do no harm`() async throws {
        try await PluginFixture.with { (fixture: PluginFixture) async throws in
            let own = [UInt8]((FileManager.default.contents(atPath: "/bin/sh") ?? Data()).prefix(8192))
            var state: UInt64 = 11
            for _ in 0..<400 {
                var bytes = own
                for _ in 0..<4 {
                    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                    bytes[20 + Int(state >> 33) % 400] = UInt8(truncatingIfNeeded: state >> 20)
                }
                try fixture.write("main", bytes, mode: 0o755)
                _ = fixture.problem()
            }
        }
    }

    @Test func `an absolute command is looked up on the host, and below plugin in the folder`() async throws {
        let manifest = PluginFixture.manifest
        try await PluginFixture.with(manifest: manifest.replacing("[main]", with: "[/bin/sh, -c, exit]")) {
            (fixture: PluginFixture) async throws in
            #expect(try fixture.open().executablePath == "/bin/sh")
        }
        try await PluginFixture.with(manifest: manifest.replacing("[main]", with: "[/plugin/main]")) {
            (fixture: PluginFixture) async throws in
            #expect(try fixture.open().executablePath == fixture.path + "/main")
        }
        try await PluginFixture.with(manifest: manifest.replacing("[main]", with: "[/usr/bin/nope]")) {
            (fixture: PluginFixture) async throws in
            #expect(fixture.problem() == "plugin.yaml:7:11: command[0]: executable not found: /usr/bin/nope")
        }
    }
}
