import Egress
import Glibc
import Model
import Plugins
import Tenancy
import Web
import Workflows

extension DaemonConfiguration {
    /// Reads the file, or the standard file where none is named and it exists. Every problem is `invalidConfiguration`
    /// and names file, line and column; relative paths start at the file's folder.
    static func load(file: String?) throws(Problem) -> DaemonConfiguration {
        guard let path = file ?? (access(standardFile, F_OK) == 0 ? standardFile : nil) else {
            return DaemonConfiguration()
        }
        do throws(Problem) {
            return try DaemonConfiguration(try YAMLNode.load(file: path), folder: Path.folder(of: Path.absolute(path)))
        } catch {
            // Every key is optional, so a file of comments alone is a complete configuration.
            if error.message.hasSuffix(": empty document") { return DaemonConfiguration() }
            // A missing file is here not something that was looked for and not found, but a wrong setting.
            guard error.code == .notFound else { throw error }
            throw Problem(
                .invalidConfiguration, error.message, hint: "name another with --config", cause: error.cause)
        }
    }

    init(_ node: YAMLNode, folder: String) throws(Problem) {
        self.init()
        var mapping = try node.mapping
        if let node = mapping.take("data") { data = try node.path(from: folder) }
        if let node = mapping.take("socket") { socket = try node.path(from: folder) }
        if let node = mapping.take("socket-group") { socketGroup = try node.line(limit: 32) }
        if let node = mapping.take("profiles") { profiles = try node.path(from: folder) }
        if let node = mapping.take("launcher") { launcher = try node.path(from: folder) }
        if let node = mapping.take("plugins") {
            plugins = try node.sequence.map { (node) throws(Problem) in try node.path(from: folder) }
        }
        if let node = mapping.take("require-enforced-quotas") { requireEnforcedQuotas = try node.bool() }
        if let node = mapping.take("control-group") { controlGroup = try ControlGroupChoice(node) }
        if let node = mapping.take("identities") { identities = try node.choice() }
        if let node = mapping.take("require-signatures") { trust.requiresSignatures = try node.bool() }
        if let node = mapping.take("trusted-keys") { trust.keys = try TrustPolicy.Key.list(node) }
        if let node = mapping.take("log") { log = try LogConfiguration(node) }
        if let node = mapping.take("default-quota") { defaultQuota = try Quota(node) }
        if let node = mapping.take("audit") { auditKeeping = try Self.auditKeeping(node) }
        if let node = mapping.take("workflows") { workflows = try WorkflowSettings(node) }
        if let node = mapping.take("egress") { egress = try EgressSettings(node, folder: folder) }
        if let node = mapping.take("domains") { domains = try DomainSettings(node, folder: folder) }
        if let node = mapping.take("notifications") { notifications = try NotificationSettings(node, folder: folder) }
        if let node = mapping.take("sign-in") { signIn = try SignInSettings(node) }
        if let node = mapping.take("http") { http = try WebSettings(node, folder: folder) }
        try mapping.finish()
    }

    /// `{keep-days: N}`.
    private static func auditKeeping(_ node: YAMLNode) throws(Problem) -> Duration? {
        var mapping = try node.mapping
        let days = try mapping.take("keep-days").map { (node) throws(Problem) in try node.integer(in: 1...36_500) }
        try mapping.finish()
        return days.map { .seconds($0 * 86_400) }
    }
}

extension DaemonConfiguration.ControlGroupChoice {
    fileprivate init(_ node: YAMLNode) throws(Problem) {
        switch try node.string() {
        case "auto": self = .automatic
        case "none": self = .disabled
        case let text where text.hasPrefix("/") && !text.split(separator: "/").contains(".."): self = .path(text)
        case let text:
            throw node.problem(
                "expected auto, none or an absolute path, found \(text.prefix(60).debugDescription)",
                hint: ["auto", "none"].nearest(to: text).map { "did you mean \($0)?" })
        }
    }
}

extension YAMLNode {
    fileprivate func path(from folder: String) throws(Problem) -> String {
        Path.absolute(try line(limit: 1024), from: folder)
    }
}

extension TrustPolicy.Key {
    /// `[{name, key}…]`; a name and a key stand once each.
    fileprivate static func list(_ node: YAMLNode) throws(Problem) -> [TrustPolicy.Key] {
        var keys: [TrustPolicy.Key] = []
        for element in try node.sequence {
            var members = try element.mapping
            let name = try members.required("name").line(limit: 100)
            let text = try members.required("key")
            let key = try text.located { () throws(Problem) in try PublicKey(try text.string()) }
            try members.finish()
            guard !keys.contains(where: { $0.name == name || $0.key == key }) else {
                throw element.problem("a second key with that name, or that key a second time")
            }
            keys.append(TrustPolicy.Key(name: name, key: key))
        }
        return keys
    }
}

extension Quota {
    fileprivate init(_ node: YAMLNode) throws(Problem) {
        self = .ordinary
        var mapping = try node.mapping
        if let node = mapping.take("memory") { memory = try node.byteSize() }
        if let node = mapping.take("processes") { processes = try node.integer() }
        if let node = mapping.take("cpu") { cpu = try node.number() }
        if let node = mapping.take("cpu-weight") { cpuWeight = try node.integer() }
        if let node = mapping.take("disk") { disk = try node.byteSize() }
        try mapping.finish()
        let quota = self
        self = try node.located { () throws(Problem) in try quota.validated() }
    }
}
