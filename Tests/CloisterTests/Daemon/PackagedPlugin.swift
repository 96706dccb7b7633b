import Control
import Glibc
import HostTesting
import Model
import NIOCore
import Plugins

@testable import cloister

/// Packages of the probe in several versions, for daemons under test.
struct PackagedPlugin {
    let folder: String

    /// Packs a version. `more` are lines of the manifest.
    func pack(_ version: String, arguments: String = "", more: String = "", key: SigningKey? = nil) throws -> String {
        let place = "\(folder)/probe-\(version)"
        mkdir(place, 0o755)
        try copy(Built.program("cloister-probe"), to: place + "/cloister-probe", mode: 0o755)
        try FileCopy.write(
            """
            id: probe
            name: Probe
            version: \(version)
            description: for tests
            category: processing
            protocol: cloister/1
            command: [./cloister-probe\(arguments)]
            deadlines: {start: 5s, stop: 500ms}
            \(more)
            tools:
              - {name: echo, input: {type: object}}
              - {name: write, input: {type: object}}

            """, to: place + "/plugin.yaml")
        let packed = try PackageBuilder.pack(place, to: "\(place).cloister", or: folder)
        if let key { _ = try packed.package.signed(by: key, to: packed.path) }
        return packed.path
    }

    /// Uploads a package and asks for what `request` makes of it, over one connection, as the commands do.
    static func send(
        _ path: String, for tenant: TenantID, to socket: String, _ request: @Sendable (DocumentHandle) -> ControlRequest
    ) async throws -> JSONValue {
        let bytes = try DaemonFixture.contents(path)
        let name = try DocumentName(Path.name(of: path))
        let reply = try await ControlClient.withConnection(to: socket) { client in
            let begun = try await client.send(
                .documentBegin(tenant, name, size: ByteSize(bytes: Int64(bytes.count))), deadline: .seconds(10))
            let handle = try DocumentHandle(try JSONValue.parse(Array(begun.readableBytesView))["handle"]?.string ?? "")
            var rest = bytes[...]
            while !rest.isEmpty {
                _ = try await client.send(
                    .documentAppend(handle, try DocumentChunk(ByteBuffer(bytes: rest.prefix(3 << 20)))), deadline: .seconds(10))
                rest = rest.dropFirst(3 << 20)
            }
            _ = try await client.send(.documentFinish(handle), deadline: .seconds(10))
            return try await client.send(request(handle), deadline: .seconds(60))
        }
        return try JSONValue.parse(Array(reply.readableBytesView))
    }
}

extension DaemonFixture {
    var packages: PackagedPlugin { PackagedPlugin(folder: folder) }

    var probe: PluginReference { PluginReference(tenant: tenant, plugin: PluginID(unchecked: "probe")) }

    func install(_ path: String, _ wishes: PackageWishes = PackageWishes(), for other: TenantID? = nil) async throws -> JSONValue {
        let tenant = other ?? tenant
        return try await PackagedPlugin.send(path, for: tenant, to: socket) { .pluginInstall(tenant, $0, wishes) }
    }

    func update(_ path: String, _ wishes: PackageWishes = PackageWishes()) async throws -> JSONValue {
        let tenant = tenant
        return try await PackagedPlugin.send(path, for: tenant, to: socket) { .pluginUpdate(tenant, $0, wishes) }
    }

    /// The packages on the shelf.
    var shelf: [String] { Path.entries(of: folder + "/data/packages").sorted() }
}
