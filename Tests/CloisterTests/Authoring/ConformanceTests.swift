import Glibc
import HostTesting
import Model
import Plugins
import Testing

@testable import cloister

@Suite(.timeLimit(.minutes(10))) struct ConformanceTests {
    /// What the rules say of a variant of the plugin, run as an ordinary process.
    private func verdicts(_ variant: (rule: Int, old: String, new: String)? = nil) async throws -> [ConformanceVerdict] {
        try await TemporaryFolder.with { (folder) async throws in
            try FileCopy.write(BrokenPlugin.program(variant), to: folder + "/plugin.py")
            let manifest = try Manifest(try YAMLNode.load(text: BrokenPlugin.manifest, named: "plugin.yaml"))
            let subject = ConformanceSubject(
                manifest: manifest, sample: .init(tool: "echo", input: ["text": "hello"], mustSucceed: true))
            return try await aside {
                ConformanceRun.run(
                    .plain(command: manifest.command, folder: folder, sdk: nil), subject, patience: .seconds(10))
            }
        }
    }

    @Test func `the rules are numbered in their order, and each has a plugin that breaks it`() {
        #expect(ConformanceRules.all.map(\.number) == Array(1...ConformanceRules.all.count))
        #expect(BrokenPlugin.variants.map(\.rule) == ConformanceRules.all.map(\.number))
    }

    @Test func `the specification lists the rules in the same words`() throws {
        let bytes = try DaemonFixture.contents(Built.root + "/Sources/Manual/protocol.md")
        let manual = String(decoding: bytes, as: UTF8.self)
        for rule in ConformanceRules.all {
            let row = "| \(rule.number) | \(rule.section) | \(rule.statement) |"
            #expect(manual.contains(row), "missing: \(row)")
        }
    }

    @Test func `a plugin that keeps every rule passes`() async throws {
        for verdict in try await verdicts() { #expect(verdict.outcome == .passed, "\(verdict.rule.number)") }
    }

    @Test(arguments: BrokenPlugin.variants.map(\.rule))
    func `a plugin that breaks one rule fails at it and at no other`(rule: Int) async throws {
        let variant = try #require(BrokenPlugin.variants.first { $0.rule == rule })
        let failed = try await verdicts(variant).filter(\.hasFailed)
        #expect(failed.map(\.rule.number) == [rule], "\(failed.map { "\($0.rule.number): \($0.outcome)" })")
    }

    @Test func `a greeting on standard output breaks one rule`() async throws {
        let greeting = (rule: 1, old: "count = calls", new: "print('starting', flush=True)\ncount = calls")
        let failed = try await verdicts(greeting).filter(\.hasFailed)
        #expect(failed.map(\.outcome) == [.failed("starting")], "\(failed.map { "\($0.rule.number): \($0.outcome)" })")
        #expect(failed.map(\.rule.number) == [1])
    }

    @Test func `a program that is no plugin is told apart, and the rest is not tried`() async throws {
        let verdicts = try await aside {
            ConformanceRun.run(
                .plain(command: ["/bin/echo", "hello"], folder: "/", sdk: nil), ConformanceSubject(), patience: .seconds(10))
        }
        let failed = verdicts.filter(\.hasFailed).map(\.rule.number)
        #expect(failed == [1, 19])
        #expect(verdicts.contains { $0.outcome == .skipped("`initialize` is not answered") })
    }
}
