package import Egress
package import Logging
import Model
package import Sandbox
package import Store
package import Supervisor

/// What the platform stands on, put together once by the daemon.
package struct HostingEnvironment: Sendable {
    package var store: Store
    package var supervisor: Supervisor
    package var profiles: ProfileCatalog
    /// Nil where this kernel offers no control groups to the daemon.
    package var groups: ControlGroupTree?
    /// What the kernel enforces here; for the rest limits of processes stand in.
    package var enforcement: Enforcement
    package var identities: IdentityMode
    package var landlockVersion: Int
    /// The way out for plugins with a network grant.
    package var egress: Egress
    package var system: SystemFolders
    /// The SDKs that every child sees read-only at `/sdk`: absolute and without symbolic links; nil where there are none.
    package var sdk: String?
    /// An empty folder of the host's, outside every folder that a child may see.
    package var stage: String
    package var version: String
    /// Shown everything that passes between the host and its plugins; nil in a daemon.
    package var tap: WireTap.Observer?
    /// Told what no grant allowed, a few times a minute and plugin at most.
    package var refused: @Sendable (GrantRefusal) -> Void = { _ in }
    /// Counts what tenants use.
    package var meter: any UsageMeter = NoMeter()
    package var logger: Logger

    package init(
        store: Store, supervisor: Supervisor, profiles: ProfileCatalog, groups: ControlGroupTree?,
        enforcement: Enforcement, identities: IdentityMode, landlockVersion: Int, egress: Egress, system: SystemFolders,
        sdk: String?, stage: String, version: String, logger: Logger
    ) {
        self.store = store
        self.supervisor = supervisor
        self.profiles = profiles
        self.groups = groups
        self.enforcement = enforcement
        self.identities = identities
        self.landlockVersion = landlockVersion
        self.egress = egress
        self.system = system
        self.sdk = sdk
        self.stage = stage
        self.version = version
        self.logger = logger
    }
}
