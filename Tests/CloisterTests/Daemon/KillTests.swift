import HostTesting
#if DEBUG
    import Control
    import Glibc
    import HostTesting
    import Model
    import NIOCore
    import Plugins
    import Synchronization
    import Testing

    @testable import cloister

    /// A real `cloister serve` that ends itself with SIGKILL at each step of each change in turn: what the next daemon finds
    /// is the old state or the new one, and nothing lies about.
    @Suite(.serialized, .timeLimit(.minutes(15))) struct KillTests {
        private static let reference = PluginReference(
            tenant: TenantID(unchecked: "acme"), plugin: PluginID(unchecked: "probe"))

        /// A change, how to prepare it, and the versions of the plugin before and after; nil for none.
        struct Change: Sendable, CustomTestStringConvertible {
            let name: String
            let prepare: @Sendable (KilledDaemon) async throws -> Void
            let make: @Sendable (KilledDaemon) async throws -> Void
            let before: String?
            let after: String?
            var testDescription: String { name }
        }

        static let changes = [
            Change(
                name: "install", prepare: { _ in }, make: { try await $0.install("1.0.0") }, before: nil, after: "1.0.0"),
            Change(
                name: "update", prepare: { try await $0.install("1.0.0") }, make: { try await $0.update("1.1.0") },
                before: "1.0.0", after: "1.1.0"),
            Change(
                name: "update that waits for consent", prepare: { try await $0.install("1.0.0") },
                make: { try await $0.update("2.0.0") }, before: "1.0.0", after: "1.0.0"),
            Change(
                name: "rollback",
                prepare: {
                    try await $0.install("1.0.0")
                    try await $0.update("1.1.0")
                }, make: { _ = try await $0.send(.pluginRollback(reference, version: nil)) }, before: "1.1.0",
                after: "1.0.0"),
            Change(
                name: "uninstall",
                prepare: {
                    try await $0.install("1.0.0")
                    try await $0.call("write", ["path": "/data/kept", "bytes": 10])
                }, make: { _ = try await $0.send(.pluginUninstall(reference, purges: true)) }, before: "1.0.0", after: nil),
        ]

        @Test(arguments: changes) func `a daemon killed at any step leaves the old state or the new one`(change: Change) async throws {
            try await TemporaryFolder.with { (folder) async throws in
                let packages = PackagedPlugin(folder: folder)
                _ = try packages.pack("1.0.0")
                _ = try packages.pack("1.1.0")
                _ = try packages.pack(
                    "2.0.0", more: "permissions: [{resource: storage, actions: [read], essential: true}]")
                var found: Set<String?> = []
                for step in 1... {
                    let place = "\(folder)/step\(step)"
                    mkdir(place, 0o755)
                    try await KilledDaemon.with(place, packages: folder) { daemon in
                        _ = try await daemon.send(.tenantCreate(Self.reference.tenant, name: nil, QuotaChange()))
                        try await change.prepare(daemon)
                    }
                    let wasKilled = try await KilledDaemon.with(place, packages: folder, killedAt: step) { daemon in
                        try? await change.make(daemon)
                    }
                    try await KilledDaemon.with(place, packages: folder) { daemon in
                        let version = try await daemon.settledVersion()
                        found.insert(version)
                        let allowed = wasKilled ? [change.before, change.after] : [change.after]
                        #expect(allowed.contains(version), "step \(step): \(version ?? "nothing")")
                        if version != nil { try await daemon.call("echo", ["step": .integer(Int64(step))]) }
                        let needed = try await daemon.neededPackages()
                        #expect(await eventually { daemon.shelf == needed }, "step \(step): \(daemon.shelf)")
                        let data = place + "/data/tenants/acme/plugins/probe"
                        if version == nil, change.after == nil { #expect(access(data, F_OK) != 0, "step \(step)") }
                        // And from there the change can be made, if it was not.
                        if version == change.before, change.before != change.after {
                            try await change.make(daemon)
                            #expect(try await daemon.settledVersion() == change.after, "step \(step)")
                        }
                    }
                    try FileCopy.remove(place)
                    guard wasKilled else {
                        #expect(step > 4, "no step was killed")
                        break
                    }
                }
                // Both sides were seen, or the steps were not where they should be.
                #expect(found == [change.before, change.after])
            }
        }

        @Test func `a daemon killed while a document comes or goes keeps it whole or not at all, and no content without one`()
            async throws
        {
            try await TemporaryFolder.with { (folder) async throws in
                var found: Set<Int> = []
                for step in 1... {
                    let place = "\(folder)/step\(step)"
                    mkdir(place, 0o755)
                    let wasKilled = try await KilledDaemon.with(place, packages: folder, killedAt: step) { daemon in
                        _ = try? await daemon.send(.tenantCreate(Self.reference.tenant, name: nil, QuotaChange()))
                        guard let id = try? await daemon.put("some text") else { return }
                        _ = try? await daemon.send(.documentDelete(Self.reference.tenant, id))
                    }
                    try await KilledDaemon.with(place, packages: folder) { daemon in
                        let list = try await daemon.send(.documentList(Self.reference.tenant, cursor: nil, limit: 10))
                        let documents = list["documents"]?.array ?? []
                        found.insert(documents.count)
                        for document in documents {
                            let id = try DocumentID(document["document"]?.string ?? "")
                            let read = try await daemon.send(.documentRead(Self.reference.tenant, id, offset: 0, length: 100))
                            #expect(read["data"] == "c29tZSB0ZXh0", "step \(step)")
                        }
                        #expect(await eventually { daemon.blobs.count == documents.count }, "step \(step): \(daemon.blobs)")
                        // What comes now stays.
                        let id = try await daemon.put("more text")
                        #expect(try await daemon.send(.documentShow(Self.reference.tenant, id))["size"] == 9)
                    }
                    try FileCopy.remove(place)
                    guard wasKilled else {
                        #expect(step > 4, "no step was killed")
                        break
                    }
                }
                #expect(found == [0, 1])
            }
        }
    }

    @Suite(.serialized, .timeLimit(.minutes(15))) struct UploadKillTests {
        @Test func `a daemon killed at any step of an upload keeps what it acknowledged, and makes one document of it`() async throws {
            try await TemporaryFolder.with { (folder) async throws in
                for step in 1... {
                    let place = "\(folder)/step\(step)"
                    mkdir(place, 0o755)
                    let before = Mutex<(id: UploadID?, offset: Int64)>((nil, 0))
                    let wasKilled = try await KilledDaemon.with(place, packages: folder, killedAt: step) { daemon in
                        try? await daemon.upload(from: nil) { id, offset in before.withLock { $0 = (id, offset) } }
                    }
                    let (known, offset) = before.withLock { $0 }
                    try await KilledDaemon.with(place, packages: folder) { daemon in
                        if let known {
                            let upload = try await daemon.send(.upload(.show(daemon.tenant, known)))
                            #expect(upload["offset"]?.integer ?? -1 >= offset, "step \(step)")
                        }
                        try await daemon.upload(from: known) { _, _ in }
                        let list = try await daemon.send(.documentList(daemon.tenant, cursor: nil, limit: 10))
                        let documents = list["documents"]?.array ?? []
                        #expect(documents.count == 1, "step \(step): \(documents)")
                        let id = try DocumentID(documents.first?["document"]?.string ?? "")
                        let read = try await daemon.send(.documentRead(daemon.tenant, id, offset: 0, length: 100))
                        #expect(read["data"] == "c29tZSB0ZXh0", "step \(step)")
                        // One that was made while nobody heard of it is there, too.
                        for left in try await daemon.send(.upload(.list(daemon.tenant)))["uploads"]?.array ?? []
                        where left["document"]?.isNull == true {
                            try await daemon.send(.upload(.cancel(daemon.tenant, try UploadID(left["upload"]?.string ?? ""))))
                        }
                        #expect(await eventually { daemon.blobs.count == 1 && daemon.uploadFiles.isEmpty }, "step \(step)")
                    }
                    try FileCopy.remove(place)
                    guard wasKilled else {
                        #expect(step > 8, "no step was killed")
                        break
                    }
                }
            }
        }
    }

    extension KilledDaemon {
        var tenant: TenantID { TenantID(unchecked: "acme") }
        var uploadFiles: [String] { Path.entries(of: folder + "/data/tenants/acme/uploads") }

        /// Brings `some text` in two parts, from where the upload stands, and tells what was acknowledged.
        func upload(from known: UploadID?, _ tell: (UploadID, Int64) -> Void) async throws {
            let text = Array("some text".utf8)
            let id: UploadID
            if let known {
                id = known
            } else {
                _ = try? await send(.tenantCreate(tenant, name: nil, QuotaChange()))
                let made = try await send(
                    .upload(.create(tenant, try DocumentName("a.txt"), size: ByteSize(bytes: 9), mediaType: nil, sha256: nil)))
                id = try UploadID(made["upload"]?.string ?? "")
                tell(id, 0)
            }
            var upload = try await send(.upload(.show(tenant, id)))
            while upload["document"]?.isNull == true, let offset = upload["offset"]?.integer, offset < 9 {
                let part = text[Int(offset)..<min(9, Int(offset) + 5)]
                upload = try await send(.upload(.append(tenant, id, offset: offset, try DocumentChunk(ByteBuffer(bytes: part)))))
                tell(id, upload["offset"]?.integer ?? 0)
            }
            try await send(.upload(.finish(tenant, id)))
        }
    }

    /// `cloister serve` as a process of its own on a data folder.
    struct KilledDaemon: Sendable {
        let folder: String
        let packages: String
        var socket: String { folder + "/data/control.sock" }

        /// Runs a daemon, which ends itself at the given step if it is taken; returns whether it did.
        @discardableResult
        static func with(
            _ folder: String, packages: String, killedAt step: Int? = nil, of kind: String = "*", _ body: (KilledDaemon) async throws -> Void
        ) async throws -> Bool {
            let configuration = folder + "/cloister.yaml"
            try FileCopy.write(
                "data: \(folder)/data\nprofiles: \(Built.root)/sandbox-profiles\nlog: {level: error}\n", to: configuration)
            let run = try CommandRun(
                ["serve", "--config", configuration], folder: folder,
                environment: step.map { ["CLOISTER_TEST_KILL=\(kind):\($0)"] } ?? [])
            let daemon = KilledDaemon(folder: folder, packages: packages)
            let outcome: Result<Void, any Error>
            do {
                guard await eventually({ (try? await daemon.send(.status)) != nil }) else {
                    throw Problem(.unreachable, "the daemon under test did not start", cause: run.errors)
                }
                outcome = .success(try await body(daemon))
            } catch {
                outcome = .failure(error)
            }
            kill(run.process, SIGTERM)
            let end = try await run.outcome
            // First how the daemon ended: who lost its connection to one that crashed would not say so.
            #expect(end.signal == nil || end.signal == SIGKILL, "\(end)")
            try outcome.get()
            return end.signal == SIGKILL
        }

        @discardableResult
        func send(_ request: ControlRequest) async throws -> JSONValue {
            let reply = try await ControlClient.withConnection(to: socket) { try await $0.send(request, deadline: .seconds(60)) }
            return try JSONValue.parse(Array(reply.readableBytesView))
        }

        func install(_ version: String) async throws {
            let wishes = PackageWishes(enables: true)
            _ = try await PackagedPlugin.send("\(packages)/probe-\(version).cloister", for: acme, to: socket) {
                .pluginInstall(acme, $0, wishes)
            }
        }

        func update(_ version: String) async throws {
            _ = try await PackagedPlugin.send("\(packages)/probe-\(version).cloister", for: acme, to: socket) {
                .pluginUpdate(acme, $0, PackageWishes())
            }
        }

        func call(_ tool: String, _ input: JSONValue) async throws {
            let reference = PluginReference(tenant: acme, plugin: PluginID(unchecked: "probe"))
            let show = try await send(.pluginShow(reference))
            if show["status"] == "inactive" { try await send(.pluginEnable(reference)) }
            let output = try await send(.pluginCall(PluginCall(reference, tool: tool, input: ByteBuffer(bytes: input.bytes))))
            if tool == "echo" { #expect(output == input) }
        }

        /// Gives the tenant a document; its id.
        func put(_ text: String) async throws -> DocumentID {
            let acme = acme
            let reply = try await ControlClient.withConnection(to: socket) { client in
                let begun = try await client.send(
                    .documentBegin(acme, try DocumentName("a.txt"), size: ByteSize(bytes: Int64(text.utf8.count))),
                    deadline: .seconds(10))
                let handle = try DocumentHandle(try JSONValue.parse(Array(begun.readableBytesView))["handle"]?.string ?? "")
                _ = try await client.send(
                    .documentAppend(handle, try DocumentChunk(ByteBuffer(string: text))), deadline: .seconds(10))
                _ = try await client.send(.documentFinish(handle), deadline: .seconds(10))
                return try await client.send(.documentKeep(handle), deadline: .seconds(60))
            }
            return try DocumentID(try JSONValue.parse(Array(reply.readableBytesView))["document"]?.string ?? "")
        }

        /// The files of the tenant's blob folder, by path.
        var blobs: [String] {
            let top = folder + "/data/tenants/acme/blobs"
            return Path.entries(of: top).flatMap { part in Path.entries(of: "\(top)/\(part)").map { "\(part)/\($0)" } }
        }

        /// The version in force once what was left half done is at its end.
        func settledVersion() async throws -> String? {
            // Changes wait for what an earlier daemon left.
            let reference = PluginReference(tenant: acme, plugin: PluginID(unchecked: "probe"))
            _ = await problem { try await send(.pluginPin(reference, false)) }
            return try await send(.pluginList(nil))["plugins"]?.array?.first?["version"]?.string
        }

        /// The names that the shelf must have.
        func neededPackages() async throws -> [String] {
            let list = try await send(.pluginList(nil))["plugins"]?.array ?? []
            let digests = list.flatMap { $0["releases"]?.array ?? [] }.compactMap { $0["digest"]?.string?.dropFirst(7) }
            return Set(digests.map(String.init)).sorted()
        }

        var shelf: [String] { Path.entries(of: folder + "/data/packages").sorted() }

        private var acme: TenantID { TenantID(unchecked: "acme") }
    }
#endif
