import Egress
import Model
import Plugins
import Tenancy
import Web
import Workflows

/// `cloister.yaml`: what an operator decides. Every key is optional.
struct DaemonConfiguration: Hashable, Sendable {
    /// Which control group children live under.
    enum ControlGroupChoice: Hashable, Sendable {
        /// The daemon's own, where it is delegated.
        case automatic
        /// A path below the cgroup2 mount.
        case path(String)
        case disabled
    }

    /// How children get a user of their own.
    enum IdentityChoice: String, Sendable, CaseIterable {
        /// The best that the machine offers.
        case auto
        /// A range of users that a privileged daemon may take.
        case range
        /// Subordinate users from `/etc/subuid`.
        case subordinate
        /// The daemon's own user for all children.
        case single
    }

    static let standardFile = "/etc/cloister/cloister.yaml"

    /// Paths are absolute.
    var data = "/var/lib/cloister"
    var socket: String?
    var socketGroup: String?
    var profiles: String?
    var launcher: String?
    /// Where `plugin run NAME` looks for a bare name, first folder first; nil means the bundled plugins.
    var plugins: [String]?
    /// Refuse to start where the kernel does not enforce the quotas of memory, processes and processor time.
    var requireEnforcedQuotas = false
    var controlGroup = ControlGroupChoice.automatic
    var identities = IdentityChoice.auto
    /// Whose packages are installed.
    var trust = TrustPolicy()
    var log = LogConfiguration()
    /// For tenants about whom nothing else was said.
    var defaultQuota = Quota.ordinary

    /// How long the audit logs keep their entries; nil for ever.
    var auditKeeping: Duration?
    /// How long runs of workflows are kept, and where their requests go.
    var workflows = WorkflowSettings()

    /// What plugins with a network grant may reach, and how much of it.
    var egress = EgressSettings()

    /// Names under which tenants are served; nil where every host is the house's own.
    var domains: DomainSettings?

    /// What webhooks may reach, and how mails are sent.
    var notifications = NotificationSettings()

    /// Where people's pages are, and which providers may be asked who they are.
    var signIn = SignInSettings()

    /// The HTTP server; nil for none.
    var http: WebSettings?

    init() {}

    /// Where clients connect.
    var socketPath: String { socket ?? data + "/control.sock" }
}
