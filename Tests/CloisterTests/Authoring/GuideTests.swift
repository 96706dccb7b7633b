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

    @Test(arguments: languages)
    func `an author gets from nothing to a plugin that runs for a tenant`(language: String) async throws {
        let commands = blocks("sh", below: "### \(language)").joined()
        let promised = try #require(blocks("text", below: "## 2. From nothing to a sealed plugin in five minutes").first)
        #expect(commands.contains("cloister plugin new"))
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
            #expect(output.hasSuffix(promised), "\(output)\n\(errors)")
        }
    }
}
