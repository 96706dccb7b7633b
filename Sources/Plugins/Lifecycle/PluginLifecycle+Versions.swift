package import Model
import Store

extension PluginLifecycle {
    /// What may be said along with an installation or an update.
    package struct Wishes: Sendable {
        /// Grant what the manifest asks for, in the name of `person`.
        package var consents: Bool
        /// Enable the plugin when it is installed.
        package var enables: Bool
        package var configuration: JSONValue?
        /// Take a package that nobody has signed who signed the version in force, or the one that left data here.
        package var acceptsNewSigner: Bool
        /// Who asks, for the record of consents.
        package var person: String

        package init(
            consents: Bool = false, enables: Bool = false, configuration: JSONValue? = nil, acceptsNewSigner: Bool = false,
            person: String
        ) {
            self.acceptsNewSigner = acceptsNewSigner
            self.consents = consents
            self.enables = enables
            self.configuration = configuration
            self.person = person
        }
    }

    /// Installs a package for a tenant, not enabled unless that is wished.
    ///
    /// Where an uninstalled version left data, a package that nobody has signed who signed that version is refused unless
    /// the wishes say otherwise: it would read what another author's plugin wrote.
    package func install(
        _ source: PackageSource, for tenant: TenantID, _ wishes: Wishes
    ) async throws(Problem) -> PluginID {
        try await change(tenant) { [self] (store) throws(Problem) in
            let (package, signers) = try await open(source)
            let manifest = package.manifest
            if let other = try await PluginRegistration.stored(manifest.id, in: store) {
                throw Problem(
                    .conflict,
                    "plugin \(manifest.id) is there already for tenant \(tenant)"
                        + (other.digest == nil ? ", running from a folder" : ""),
                    hint: other.digest == nil
                        ? "first: cloister plugin uninstall \(manifest.id) --tenant \(tenant)"
                        : "cloister plugin update FILE --tenant \(tenant)")
            }
            if !wishes.acceptsNewSigner, let kept = try await KeptData.find(manifest.id, in: store) {
                try Self.checkPublisher(
                    manifest, signers, after: kept.signers, of: "version \(kept.version), which left data here,",
                    "cloister plugin uninstall \(manifest.id) --tenant \(tenant) --purge removes the data; "
                        + "cloister plugin install FILE --tenant \(tenant) --accept-new-signer gives it to the new one")
            }
            var job = LifecycleJob(.install(package.digest), of: manifest.id, in: store)
            job.package = package
            job.manifest = manifest
            job.signers = signers
            if let configuration = wishes.configuration {
                _ = try manifest.configuration(from: configuration)
                job.configuration = configuration
            }
            if wishes.consents { job.grant = Grant(manifest, of: package.digest, consentedBy: wishes.person) }
            try await perform(job)
            if wishes.enables { try await enable(manifest.id, in: store) }
            return manifest.id
        }
    }

    /// Puts another package of a plugin in force, once an instance of it has come up beside the old one.
    ///
    /// Grants stay as they are. A package that asks for more gets it when somebody consents; one that is of no use without,
    /// or that would run under another sandbox profile, waits for that beside the version in force. One that nobody has
    /// signed who signed the version in force is refused unless the wishes say otherwise.
    package func update(
        _ source: PackageSource, for tenant: TenantID, _ wishes: Wishes
    ) async throws(Problem) -> PluginID {
        try await change(tenant) { [self] (store) throws(Problem) in
            let (package, signers) = try await open(source)
            let manifest = package.manifest
            let registration = try await installed(manifest.id, in: store)
            try registration.checkUnpinned(for: tenant)
            try await checkSuccession(manifest, package.digest, registration, in: store)
            if !wishes.acceptsNewSigner {
                let current = try await PluginRelease.all(of: manifest.id, in: store).first { $0.role == .current }
                try Self.checkPublisher(
                    manifest, signers, after: current?.signers ?? [], of: "the version in force",
                    "another author: cloister plugin update FILE --tenant \(tenant) --accept-new-signer")
            }
            let configuration = wishes.configuration ?? registration.configuration
            _ = try manifest.configuration(from: configuration)
            let granted = try await Grant.find(manifest.id, in: store)?.permissions ?? []
            let before = try host.folder(of: registration).manifest
            let missing =
                wishes.consents ? [] : manifest.essentialNeeds(beyond: granted) + manifest.profileChange(from: before)
            guard missing.isEmpty else {
                try await setAside(package, signers, configuration, missing, in: store)
                return manifest.id
            }
            var job = LifecycleJob(
                .update(from: registration.digest ?? package.digest, to: package.digest), of: manifest.id, in: store)
            job.package = package
            job.manifest = manifest
            job.configuration = configuration
            job.signers = signers
            job.isRunning = registration.isEnabled
            if wishes.consents { job.grant = Grant(manifest, of: package.digest, consentedBy: wishes.person) }
            try await perform(job)
            return manifest.id
        }
    }

    /// Puts an earlier version in force again, from the shelf: the last one, or the one of that version.
    package func rollback(_ id: PluginID, for tenant: TenantID, to version: Version?) async throws(Problem) {
        try await change(tenant) { [self] (store) throws(Problem) in
            let registration = try await installed(id, in: store)
            let earlier = try await PluginRelease.all(of: id, in: store).filter { $0.role == .previous }
            guard let current = registration.digest,
                let target = earlier.first(where: { version == nil || $0.version == version })
            else {
                let versions = earlier.map(\.version.description)
                throw Problem(
                    .notFound, "no earlier version\(version.map { " \($0)" } ?? "") of plugin \(id) on this host",
                    hint: versions.isEmpty ? "install it from its file" : "there are: \(versions.joined(separator: ", "))")
            }
            let manifest = try admissible(target, of: id)
            var job = LifecycleJob(.rollback(from: current, to: target.digest), of: id, in: store)
            job.manifest = manifest
            job.signers = target.signers
            // What was changed since stays, as far as the earlier version takes it.
            let isTaken = (try? manifest.configuration(from: registration.configuration)) != nil
            job.configuration = isTaken ? registration.configuration : target.configuration
            job.isRunning = registration.isEnabled
            try await perform(job)
        }
    }

    /// Takes a plugin away, with what it keeps or without. What one kept that is not there any more can be removed, too.
    package func uninstall(_ id: PluginID, for tenant: TenantID, purges: Bool) async throws(Problem) {
        try await change(tenant) { [self] (store) throws(Problem) in
            var hasLeftData = false
            if purges { hasLeftData = try await KeptData.find(id, in: store) != nil }
            if !hasLeftData { _ = try await PluginRegistration.find(id, in: store) }
            try await perform(LifecycleJob(.uninstall(purges: purges), of: id, in: store))
        }
    }

    /// The registration of a plugin that is installed from a package.
    func installed(_ id: PluginID, in store: TenantStore) async throws(Problem) -> PluginRegistration {
        let registration = try await PluginRegistration.find(id, in: store)
        guard registration.digest != nil else {
            throw Problem(
                .conflict, "plugin \(id) of tenant \(store.id) runs from a folder",
                hint: "change the folder and: cloister plugin restart \(id) --tenant \(store.id)")
        }
        guard !registration.isLeaving else {
            throw Problem(
                .conflict, "plugin \(id) of tenant \(store.id) is being uninstalled",
                hint: "cloister plugin uninstall \(id) --tenant \(store.id) finishes it")
        }
        return registration
    }

    /// The manifest of a version on the shelf, if it may come into force on this host as it is now: it came when keys were
    /// trusted that may not be any more, and the host may be another.
    func admissible(_ release: PluginRelease, of id: PluginID) throws(Problem) -> Manifest {
        try trust.check(signers: release.signers, of: "plugin \(id) \(release.version)")
        let place = shelf.place(of: release.digest)
        let manifest = try PluginFolder.open(place, dataFolder: host.environment.store.folder).manifest
        try manifest.checkCompatibility(with: host.environment.version)
        return manifest
    }

    private func open(_ source: PackageSource) async throws(Problem) -> (PackageFile, signers: [String]) {
        let trust = trust
        let (package, signers) = try await Blocking.run { () throws(Problem) in
            let package = try PackageFile.open(source)
            return (package, try trust.check(package).map(\.name))
        }
        try package.manifest.checkCompatibility(with: host.environment.version)
        return (package, signers)
    }

    private func checkSuccession(
        _ manifest: Manifest, _ digest: BlobDigest, _ registration: PluginRegistration, in store: TenantStore
    ) async throws(Problem) {
        guard digest != registration.digest else {
            throw Problem(.conflict, "plugin \(manifest.id) \(manifest.version) is in force already, with the same digest")
        }
        let releases = try await PluginRelease.all(of: manifest.id, in: store)
        guard let current = releases.first(where: { $0.role == .current })?.version, manifest.version <= current else { return }
        throw Problem(
            .conflict, "plugin \(manifest.id) \(manifest.version) is not newer than \(current), which is in force",
            hint: manifest.version == current
                ? "a changed package needs a new version"
                : "cloister plugin rollback \(manifest.id) --tenant \(store.id) goes back")
    }

    /// Throws `permissionDenied` for a package that none of `before` has signed, who signed an earlier version: who can publish
    /// under a trusted key must not take over what tenants have of another author. A plugin that nobody had signed may be
    /// signed from now on. Signers are known by the names of the trust policy, so that an operator who gives an author's
    /// next key the same name says that it is the same author.
    private static func checkPublisher(
        _ manifest: Manifest, _ signers: [String], after before: [String], of earlier: String, _ otherwise: String
    ) throws(Problem) {
        guard !before.isEmpty, Set(before).isDisjoint(with: signers) else { return }
        throw Problem(
            .permissionDenied,
            "plugin \(manifest.id) \(manifest.version) is "
                + (signers.isEmpty ? "not signed by a key that this host trusts" : "signed by \(signers.joined(separator: ", "))")
                + ", and \(earlier) by \(before.joined(separator: ", "))",
            hint: "a new key of the same author: sign the package with the old and the new key, or have an operator add the "
                + "new one to `trusted-keys` under the old one's name; \(otherwise)")
    }

    /// Puts a package onto the shelf and remembers it for the day when somebody consents.
    private func setAside(
        _ package: PackageFile, _ signers: [String], _ configuration: JSONValue, _ missing: [String],
        in store: TenantStore
    ) async throws(Problem) {
        let manifest = package.manifest
        let shelf = shelf
        try await shelf.holding(package.digest) { () async throws(Problem) in
            try await Blocking.run { () throws(Problem) in try shelf.put(package) }
            step("await.stage")
            try await store.write { database in
                try PluginRelease.setAside(
                    package.digest, manifest.version, signers, configuration, of: manifest.id, database)
                try PluginRegistration.setNotice(
                    "version \(manifest.version) waits for consent to: \(missing.joined(separator: "; "))", of: manifest.id,
                    database)
            }
            step("await.commit")
        }
    }
}
