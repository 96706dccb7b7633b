import Sandbox
import Testing

@testable import Supervisor

struct ExitReasonTests {
    private static let none = LaunchStatus.Usage()

    private func reason(
        _ statuses: [LaunchStatus], memory: Bool = false, asked: ExitReason? = nil
    ) -> ExitReason {
        ExitObservation(statuses: statuses, ranOutOfMemory: memory, memoryLimit: "64MiB")
            .reason(asked: asked) { $0 == 101 ? "ptrace" : "?" }
    }

    @Test(arguments: [
        (3 << 8, ExitReason.Kind.exited, "exited 3"),
        (0, .exited, "exited 0"),
        (11, .signalled, "killed by SIGSEGV"),
        (11 | 0x80, .signalled, "killed by SIGSEGV"),
        (40, .signalled, "killed by signal 40"),
        (31, .seccomp, "killed by seccomp on a call of another architecture (SIGSYS)"),
    ] as [(Int32, ExitReason.Kind, String)])
    func `a wait status is told in words`(status: Int32, kind: ExitReason.Kind, text: String) {
        #expect(reason([.started(process: 1), .exited(waitStatus: status, usage: Self.none)]) == ExitReason(kind, text))
    }

    @Test func `a call that the profile kills for is named`() {
        #expect(reason([.started(process: 1), .filtered(systemCall: 101)]).description == "killed by seccomp on `ptrace`")
    }

    @Test func `a launch that failed names the step, the place and the errno`() {
        let failure = LaunchStatus.failed(step: "executing the plugin", error: 2, detail: "/plugin/tool")
        #expect(
            reason([failure]).description
                == "not started: executing the plugin failed at /plugin/tool: No such file or directory (errno 2)")
    }

    @Test func `lack of memory explains a kill`() {
        let killed = LaunchStatus.exited(waitStatus: 9, usage: Self.none)
        #expect(reason([killed], memory: true) == ExitReason(.outOfMemory, "killed by OOM: out of memory (limit 64MiB)"))
        // Its own limit was not the one that was reached.
        let other = ExitObservation(statuses: [killed], ranOutOfMemory: true).reason(asked: nil) { _ in "?" }
        #expect(
            other.description
                == "killed by OOM: out of memory (the tenant's quota or the machine's memory was used up first)")
    }

    @Test func `without any status it was killed from outside`() {
        #expect(reason([]).kind == .signalled)
    }

    @Test func `the supervisor's reason explains a signal but not a failed launch`() {
        let asked = ExitReason(.deadline, "ended: too late")
        #expect(reason([.exited(waitStatus: 9, usage: Self.none)], asked: asked) == asked)
        #expect(reason([.failed(step: "x", error: 1, detail: "")], asked: asked).kind == .setup)
    }
}
