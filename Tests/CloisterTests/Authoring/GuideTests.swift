import Control
import Glibc
import HostTesting
import Model
import Testing

@testable import cloister

/// The commands of the author's guide, run as they stand there.
@Suite(.serialized, .timeLimit(.minutes(15))) struct GuideTests {
    private let guide: [Substring]

    init() throws {
        let bytes = try DaemonFixture.contents(Built.root + "/Sources/Manual/plugin-author.md")
        guide = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    }

    /// What stands in the blocks of a kind below a heading, up to the next one.
    private func blocks(_ kind: String, below heading: String) -> [String] {
        let section = guide.drop { $0 != heading }.dropFirst()
        var blocks: [String] = []
        var isInside = false
        for line in section {
            if line == "```" {
                isInside = false
            } else if line == "```\(kind)" {
                isInside = true
                blocks.append("")
            } else if isInside {
                blocks[blocks.count - 1] += line + "\n"
            } else if line.hasPrefix("#") {
                break
            }
        }
        return blocks
    }

    static let languages = ["Python", "JavaScript", "C", "Swift", "Shell"].filter { language in
        switch language {
        case "JavaScript": access("/usr/bin/node", X_OK) == 0
        case "Shell": access("/usr/bin/jq", X_OK) == 0
        default: true
        }
    }

    private static let path = "## 2. From nothing to an installed plugin in five minutes"

    /// The way of a package, in its order. Building belongs to two languages only.
    private static let steps = [
        "cloister plugin new ", "sed -i ", "cloister plugin test ", "cloister plugin pack ", "cloister plugin sign ",
        "cloister plugin install ", "cloister plugin call ", "cloister plugin configure ", "cloister plugin call ",
    ]

    @Test(arguments: languages)
    func `an author gets from nothing to an installed plugin`(language: String) async throws {
        let commands = blocks("sh", below: "### \(language)").joined()
        let promised = try #require(blocks("text", below: Self.path).first)
        let lines = commands.split(separator: "\n").filter { !$0.hasPrefix("make -C ") }
        #expect(lines.count == Self.steps.count)
        for (line, step) in zip(lines, Self.steps) { #expect(line.hasPrefix(step)) }
        #expect(commands.contains(" --enable\n"))
        let folder = try #require(lines.first?.split(separator: " ").dropFirst(3).first)
        let output = try await run(blocks("sh", below: Self.path).joined() + commands + "cloister plugin conform \(folder) >&2\n")
        let calls = output.split(separator: "\n").filter { $0.hasPrefix("{\"lines\":") }
        #expect(calls.joined(separator: "\n") + "\n" == promised, "\(output)")
        #expect(output.hasSuffix(promised.split(separator: "\n").last.map { "\($0)\n" } ?? ""), "\(output)")
    }

    @Test func `a folder runs for a tenant and is started anew`() async throws {
        let commands = blocks("sh", below: "### Run the folder for a tenant").joined()
        let configured = blocks("sh", below: "## 7. Configuration").joined()
        let values = try #require(blocks("yaml", below: "## 7. Configuration").first)
        let output = try await run(commands + "cat >longer.yaml <<'END'\n\(values)END\n" + configured)
        #expect(output.contains("Draft 0.1.0 (draft) for demo: ready\n  count  Count the lines and words of a text file\ngranted  nothing\n"))
        #expect(output.contains("{\"lines\":3,\"words\":13}\n"))
    }

    /// What the commands print on standard output, run by a shell beside a daemon with the tenant `demo`.
    private func run(_ commands: String) async throws -> String {
        var printed = ""
        try await DaemonFixture.with { host in
            _ = try await host.send(.tenantCreate(TenantID("demo"), name: nil, QuotaChange()))
            let script = """
                set -eu
                export PATH="\(Built.folder):$PATH" CLOISTER_SOCKET="\(host.socket)"
                mkdir work
                chmod 755 . work
                cd work
                exec >../output 2>../errors
                \(commands)
                """
            try FileCopy.write(script, to: host.folder + "/guide.sh")
            let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
            let folder = host.folder
            let status = try await aside {
                try ProcessRun.status(
                    "/usr/bin/env",
                    ["--chdir=\(folder)", "PATH=\(path)", "HOME=\(folder)", "LANG=C.UTF-8", "/bin/sh", "guide.sh"])
            }
            let output = String(decoding: try DaemonFixture.contents(host.folder + "/output"), as: UTF8.self)
            let errors = String(decoding: try DaemonFixture.contents(host.folder + "/errors"), as: UTF8.self)
            #expect(status == 0, "\(output)\n\(errors)")
            printed = output
        }
        return printed
    }
}
