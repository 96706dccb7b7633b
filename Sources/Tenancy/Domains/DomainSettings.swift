package import Model

/// What an operator decides about domains. Without any, every host is the house's own.
package struct DomainSettings: Hashable, Sendable {
    /// The house's own name; tenants' subdomains are the names right below it.
    package var base: DomainName
    /// Where tenants' own domains are to lead: the name that they put into a CNAME record.
    package var target: DomainName
    /// The addresses at which this host is reached; those of `target` where there are none.
    package var addresses: [Address]
    /// Other hosts under which the house itself is asked, in canonical form.
    package var hosts: Set<String>
    /// Which name server is asked; nil for the system's.
    package var nameServer: NameServer?
    /// On which port the domains' certificates are looked at.
    package var port = 443
    /// Files of authorities that are trusted for them besides the system's.
    package var trust: [String] = []

    package struct NameServer: Hashable, Sendable {
        /// Of version 4.
        package var address: UInt32
        package var port: UInt16

        package init(address: UInt32, port: UInt16) {
            self.address = address
            self.port = port
        }
    }

    package init(
        base: DomainName, target: DomainName? = nil, addresses: [Address] = [], hosts: Set<String> = [],
        nameServer: NameServer? = nil
    ) {
        self.base = base
        self.target = target ?? base
        self.addresses = addresses
        self.hosts = hosts
        self.nameServer = nameServer
    }

    /// Labels below the base domain that people would take for the house's.
    static let reserved: Set<String> = [
        "abuse", "account", "accounts", "admin", "api", "app", "assets", "auth", "autoconfig", "autodiscover", "billing", "cdn",
        "cloister", "dns", "edge", "ftp", "help", "id", "imap", "localhost", "login", "mail", "mta-sts", "mx", "ns", "ns1", "ns2",
        "oauth", "operator", "pop", "postmaster", "root", "security", "signin", "smtp", "sso", "static", "status", "support",
        "webmail", "wpad", "www",
    ]

    /// Which kind of claim a name is; throws for one that nobody can claim.
    func kind(of name: DomainName, _ suffixes: () async throws(Problem) -> PublicSuffixes) async throws(Problem) -> DomainClaim.Kind {
        guard name != base, name != target, !hosts.contains(name.description), !base.isBelow(name), !target.isBelow(name) else {
            throw Problem(.invalidInput, "/domain: \(name) is the platform's own")
        }
        guard name.isBelow(base) else {
            guard !(try await suffixes()).contains(name) else {
                throw Problem(
                    .invalidInput, "/domain: \(name) is a public suffix", hint: "claim a name below it that is registered to you")
            }
            return .custom
        }
        guard name.labels.count == base.labels.count + 1, let label = name.labels.first else {
            throw Problem(.invalidInput, "/domain: a subdomain is one label before \(base)", hint: "as acme.\(base)")
        }
        guard !Self.reserved.contains(String(label)), !label.hasPrefix("xn--") else {
            throw Problem(.invalidInput, "/domain: the label \(label) is reserved")
        }
        return .subdomain
    }
}
