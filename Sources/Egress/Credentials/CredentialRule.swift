package import Model

/// Puts a secret into the requests of one plugin for one tenant to one host. The plugin never sees it.
///
/// It is put into absolute-form requests with `https` alone: there the daemon speaks TLS itself and has checked the
/// host's certificate. A redirect to another host is a new request, to which the rule does not apply.
package struct CredentialRule: Hashable, Sendable {
    package let tenant: TenantID
    package let plugin: PluginID
    package let host: Host
    /// The field's name.
    package let header: String
    /// What stands around the secret: `Bearer {secret}`.
    package let template: String
    package let secret: String

    package static let placeholder = "{secret}"

    package init(
        tenant: TenantID, plugin: PluginID, host: String, header: String = "Authorization",
        template: String = "Bearer {secret}", secret: String
    ) throws(Problem) {
        self.tenant = tenant
        self.plugin = plugin
        self.header = header
        self.template = template
        self.secret = secret
        guard case .exactly(let host) = try HostPattern(host) else {
            throw Problem(.invalidConfiguration, "a credential for \(host)", hint: "name one host: a secret goes to nobody else")
        }
        self.host = host
        guard MessageHead.isToken(header), !Self.reserved.contains(header.lowercased()) else {
            throw Problem(
                .invalidConfiguration, "not a header for a credential: \(header.prefix(80).debugDescription)",
                hint: "for example Authorization or X-Api-Key")
        }
        guard template.components(around: Self.placeholder) != nil, Self.isFieldText(template) else {
            throw Problem(
                .invalidConfiguration, "a credential without \(Self.placeholder) in its value, or with it twice",
                hint: "for example `Bearer \(Self.placeholder)`")
        }
    }

    package func applies(to destination: Authority, tenant: TenantID, plugin: PluginID) -> Bool {
        self.tenant == tenant && self.plugin == plugin && host == destination.host
    }

    /// The field with the secret in it.
    package func field(with secret: String) throws(Refusal) -> MessageHead.Field {
        guard Self.isFieldText(secret), let (before, after) = template.components(around: Self.placeholder) else {
            throw Refusal(
                .credentialUnavailable, "the secret \(self.secret) cannot stand in a header",
                hint: "it has a line break, a control character or another script in it")
        }
        return MessageHead.Field(header, before + secret + after)
    }

    /// Fields that decide where a request goes and ends.
    private static let reserved: Set<String> = [
        "host", "content-length", "transfer-encoding", "connection", "te", "trailer", "upgrade", "expect",
    ]

    private static func isFieldText(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
    }
}

extension String {
    /// What stands before and behind the one occurrence of `mark`.
    fileprivate func components(around mark: String) -> (String, String)? {
        var start = startIndex
        var found: (String, String)?
        while start < endIndex {
            if self[start...].hasPrefix(mark) {
                guard found == nil else { return nil }
                found = (String(self[..<start]), String(self[index(start, offsetBy: mark.count)...]))
            }
            start = index(after: start)
        }
        return found
    }
}
