import HostTesting
import Model
import Sandbox
import Testing

struct LaunchTests {
    @Test(.timeLimit(.minutes(1)))
    func `the probe answers from inside`() throws {
        try TemporaryFolder.with { folder in
            let fixture = try SandboxFixture(folder: folder)
            try fixture.install("cloister-probe")
            let run = try SealedRun.run(
                fixture.plan(["/plugin/cloister-probe"]),
                input: #"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocol":"cloister/1"}}"# + "\n")
            #expect(run.output.contains("cloister-probe"), "\(run)")
        }
    }
}
