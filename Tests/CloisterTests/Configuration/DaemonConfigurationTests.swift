import Egress
import Glibc
import HostTesting
import Logging
import Model
import Tenancy
import Testing
import Web

@testable import cloister

private func configuration(_ text: String) throws -> DaemonConfiguration {
    try DaemonConfiguration(try YAMLNode.load(text: text, named: "cloister.yaml"), folder: "/etc/cloister")
}

struct DaemonConfigurationTests {
    @Test func `every key is read`() throws {
        let configuration = try configuration(
            """
            data: /srv/cloister
            socket: run/control.sock
            socket-group: operators
            profiles: ../profiles
            launcher: /opt/cloister-launch
            plugins: [/srv/plugins, more]
            require-enforced-quotas: true
            control-group: /sys/fs/cgroup/cloister
            identities: subordinate
            log: {level: debug, format: journal}
            default-quota: {memory: 256MiB, processes: 64, cpu: 0.5, cpu-weight: 50, disk: 2GiB}
            """)
        var expected = DaemonConfiguration()
        expected.data = "/srv/cloister"
        expected.socket = "/etc/cloister/run/control.sock"
        expected.socketGroup = "operators"
        expected.profiles = "/etc/profiles"
        expected.launcher = "/opt/cloister-launch"
        expected.plugins = ["/srv/plugins", "/etc/cloister/more"]
        expected.requireEnforcedQuotas = true
        expected.controlGroup = .path("/sys/fs/cgroup/cloister")
        expected.identities = .subordinate
        expected.log = LogConfiguration(level: .debug, format: .journal)
        expected.defaultQuota = Quota(
            memory: .mebibytes(256), processes: 64, cpu: 0.5, cpuWeight: 50, disk: .gibibytes(2))
        #expect(configuration == expected)
        #expect(configuration.socketPath == "/etc/cloister/run/control.sock")
    }

    @Test func `what tenants are told goes where the operator says`() throws {
        #expect(try configuration("sign-in: {}").signIn == SignInSettings())
        let signIn = try configuration("sign-in: {address: \"https://cloister.example:8443\", allow-private: [10.0.0.7]}").signIn
        #expect(signIn.address == "https://cloister.example:8443" && signIn.allowed.entries.count == 1)
        for text in ["{address: \"http://a.example\"}", "{address: \"https://a.example/path\"}", "{other: 1}", "{allow-private: [x]}"] {
            #expect(throws: Problem.self) { try configuration("sign-in: \(text)") }
        }
        #expect(try configuration("notifications: {}").notifications == NotificationSettings())
        let settings = try configuration(
            "notifications: {allow-private: [\"127.0.0.1:8080\"], mail: {from: Cloister@example.com, sendmail: bin/sendmail}}"
        ).notifications
        #expect(settings.allowed.entries.count == 1)
        #expect(settings.mail?.program == "/etc/cloister/bin/sendmail" && settings.mail?.sender.text == "cloister@example.com")
        #expect(try configuration("notifications: {mail: {from: a@b.example}}").notifications.mail?.program == "/usr/sbin/sendmail")
        for text in ["{mail: {}}", "{mail: {from: nobody}}", "{allow-private: [x]}", "{mails: {}}"] {
            #expect(throws: Problem.self) { try configuration("notifications: \(text)") }
        }
    }

    @Test func `the HTTP server is as its key says, and off without one`() throws {
        #expect(try configuration("log: {}").http == nil)
        #expect(try configuration("http: {}").http == WebSettings())
        let http = try configuration(
            """
            http:
              listen: ["127.0.0.1:8080", "[::1]:8443", run/http.sock]
              tls: {certificate: tls/chain.pem, key: /etc/tls/key.pem}
              limits: {connections: 10, header: 8KiB, body: 1MiB, upload: 2GiB}
              timeouts: {header: 5s, idle: 30s, stall: 10s, grace: 2s, minimum-rate: 2KiB}
            """).http
        var expected = WebSettings()
        expected.addresses = [
            .network(host: "127.0.0.1", port: 8080), .network(host: "::1", port: 8443), .path("/etc/cloister/run/http.sock"),
        ]
        expected.certificate = WebSettings.Certificate(chain: "/etc/cloister/tls/chain.pem", key: "/etc/tls/key.pem")
        expected.limits.connections = 10
        expected.limits.header = .kibibytes(8)
        expected.limits.body = .mebibytes(1)
        expected.limits.upload = .gibibytes(2)
        expected.times.header = .seconds(5)
        expected.times.idle = .seconds(30)
        expected.times.stall = .seconds(10)
        expected.times.grace = .seconds(2)
        expected.times.rate = .kibibytes(2)
        #expect(http == expected)
    }

    @Test(arguments: [
        "http: {listen: [8080]}", "http: {listen: ['8080']}", "http: {listen: ['::1:8080']}", "http: {listen: ['a:99999']}",
        "http: {listen: [':80']}", "http: {tls: {certificate: a}}", "http: {limits: {body: 9MiB}}", "http: {timeouts: {idle: 5}}",
        "http: {port: 80}",
    ])
    func `an HTTP server that cannot be is refused with the place`(text: String) {
        let problem = #expect(throws: Problem.self) { try configuration(text) }
        #expect(problem?.message.contains("cloister.yaml:1:") == true, "\(String(describing: problem))")
    }

    @Test func `what is left out has the documented value`() throws {
        let configuration = try configuration("log: {}")
        #expect(configuration == DaemonConfiguration())
        #expect(configuration.data == "/var/lib/cloister")
        #expect(configuration.socketPath == "/var/lib/cloister/control.sock")
        #expect(!configuration.requireEnforcedQuotas)
        #expect(configuration.controlGroup == .automatic)
        #expect(configuration.defaultQuota == .ordinary)
        #expect(configuration.log == LogConfiguration(level: .info, format: .text))
    }

    @Test(arguments: [
        ("data: 5", "cloister.yaml:1:7: data: expected string, found integer 5", nil),
        ("data: ''", "cloister.yaml:1:7: data: empty", nil),
        ("sockett: /x", "cloister.yaml:1:1: sockett: unknown key", "did you mean socket?"),
        ("log:\n  levle: debug", "cloister.yaml:2:3: log.levle: unknown key", "did you mean level?"),
        ("log: {level: loud}", #"cloister.yaml:1:14: log.level: expected one of trace, debug, info, notice, warning, error, critical, found "loud""#, nil),
        ("log: {format: jsn}", #"cloister.yaml:1:15: log.format: expected one of text, json, journal, found "jsn""#, "did you mean json?"),
        ("require-enforced-quotas: yes", #"cloister.yaml:1:26: require-enforced-quotas: expected boolean, found string "yes""#, "write true or false"),
        ("control-group: atuo", #"cloister.yaml:1:16: control-group: expected auto, none or an absolute path, found "atuo""#, "did you mean auto?"),
        ("control-group: /../x", #"cloister.yaml:1:16: control-group: expected auto, none or an absolute path, found "/../x""#, nil),
        ("identities: many", #"cloister.yaml:1:13: identities: expected one of auto, range, subordinate, single, found "many""#, nil),
        ("plugins: /one", #"cloister.yaml:1:10: plugins: expected a sequence, found string "/one""#, nil),
        ("default-quota: {memory: lots}", #"cloister.yaml:1:25: default-quota.memory: expected a size such as 64KiB, 256MiB or 1GiB, found string "lots""#, nil),
        ("default-quota: {cpu: 0}", "cloister.yaml:1:16: default-quota: quota out of range: cpu 0.0", "allowed: 0.01 to 1024 cores"),
        ("egress: {allow-private: [10.0.0.1/8]}", #"cloister.yaml:1:26: egress.allow-private[0]: not a range of addresses: "10.0.0.1/8""#, "write 10.0.0.0/8, 127.0.0.1:8080, [::1]:8080 or fd00::/8, without bits behind the length"),
        ("egress: {rat: 1MiB}", "cloister.yaml:1:10: egress.rat: unknown key", "did you mean rate?"),
        ("default-quota: {cores: 2}", "cloister.yaml:1:17: default-quota.cores: unknown key", nil),
        ("[]", "cloister.yaml:1:1: expected a mapping, found a sequence", nil),
    ] as [(String, String, String?)])
    func `a mistake is named with its file, line and column`(text: String, message: String, hint: String?) {
        let problem = #expect(throws: Problem.self) { try configuration(text) }
        #expect(problem?.code == .invalidConfiguration)
        #expect(problem?.message == message)
        if let hint { #expect(problem?.hint == hint) }
    }

    @Test func `a file of comments is a complete configuration, a missing file a mistake`() throws {
        try TemporaryFolder.with { (folder) throws in
            let path = folder + "/cloister.yaml"
            let missing = #expect(throws: Problem.self) { try DaemonConfiguration.load(file: path) }
            #expect(missing?.code == .invalidConfiguration)
            #expect(missing?.message == "cannot read \(path)")
            write("# nothing yet\n", to: path)
            #expect(try DaemonConfiguration.load(file: path) == DaemonConfiguration())
            write("data: store\n", to: path)
            #expect(try DaemonConfiguration.load(file: path).data == folder + "/store")
        }
    }
}

/// Writes a file for a test.
func write(_ text: String, to path: String, mode: mode_t = 0o644) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode)
    precondition(descriptor >= 0 && StreamWriter.write(text, to: descriptor))
    close(descriptor)
}
