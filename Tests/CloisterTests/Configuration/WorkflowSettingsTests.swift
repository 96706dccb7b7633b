import Egress
import HostTesting
import Model
import Testing
import Workflows

@testable import cloister

struct WorkflowSettingsTests {
    private func settings(_ text: String) throws(Problem) -> WorkflowSettings {
        try WorkflowSettings(try YAMLNode.load(text: text, named: "cloister.yaml"))
    }

    @Test func `an operator says how long runs are kept and where requests go`() throws {
        let settings = try settings("{keep-days: 3, keep-runs: 7, keep-size: 1MiB, actions-per-second: 20, hosts: [api.example.com, '*.corp.example'], allow-private: ['10.0.0.0/8', '127.0.0.1:8080']}")
        #expect(settings.retention.age == .seconds(3 * 86_400) && settings.retention.count == 7)
        #expect(settings.actionsPerSecond == 20)
        #expect(settings.destinations.hosts?.count == 2 && settings.destinations.allowed.entries.count == 2)
        try settings.destinations.check(.name("api.example.com"))
        try settings.destinations.check(.name("a.corp.example"))
        #expect(throws: Problem.self) { try settings.destinations.check(.name("api.example.org")) }
        try WorkflowSettings().destinations.check(.name("api.example.org"))
    }

    @Test(arguments: ["{hosts: ['*']}", "{hosts: [a b]}", "{allow-private: [everything]}", "{keep-days: 0}", "{actions-per-second: 0}", "{more: 1}"])
    func `what is none of that is refused`(text: String) async {
        let refused = await problem { try settings(text) }
        #expect(refused?.code == .invalidConfiguration, "\(String(describing: refused))")
    }
}
