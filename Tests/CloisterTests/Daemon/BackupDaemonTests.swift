import Control
import Foundation
import GRDB
import HostTesting
import Model
import NIOCore
import Plugins
import Store
import Synchronization
import Testing

@testable import cloister

/// Backups and moves through the control socket of a whole daemon.
@Suite(.serialized, .timeLimit(.minutes(5))) struct BackupDaemonTests {
    private static let acme = TenantID(unchecked: "acme")
    static let key = String(repeating: "0f", count: 32)

    @Test func `a backup restored beside its tenant has documents and secrets, and plugins that rest`() async throws {
        try await DaemonFixture.with { host in
            try await Self.fill(host)
            let made = try BackupReport(try await host.send(.backup(.make(Self.acme))))
            #expect(made.content?.blobs == 1)
            #expect(try BackupReport.list(try await host.send(.backup(.list(Self.acme)))).map(\.id) == [made.id])
            let then = TenantID(unchecked: "then")
            let report = try RestoreReport(try await host.send(.backup(.restore(Self.acme, made.id, into: then))))
            #expect(report == RestoreReport(tenant: then, backup: made.id, undo: nil, differences: []))
            #expect(try await Self.documents(of: then, host) == ["c29tZSB0ZXh0"])
            let store = try await host.daemon.store.tenant(then)
            #expect(try await host.daemon.host.secrets.value(of: "mail.key", in: store) == "swordfish")
            #expect(try await PluginRegistration.all(in: store).map(\.isEnabled) == [false])
            let twice = await problem { try await host.send(.backup(.restore(Self.acme, made.id, into: then))) }
            #expect(twice?.code == .conflict)
        }
    }

    @Test func `a restore in place ends the plugins, brings back what was there, and can be undone`() async throws {
        try await DaemonFixture.with { host in
            try await Self.fill(host)
            let made = try BackupReport(try await host.send(.backup(.make(Self.acme))))
            let first = try await host.send(.documentList(Self.acme, cursor: nil, limit: 10))["documents"]?.array?.first
            _ = try await host.send(.documentDelete(Self.acme, DocumentID(first?["document"]?.string ?? "")))
            _ = try await host.send(.secretDelete(Self.acme, name: "mail.key"))
            #expect(try await host.call("echo", ["a": 1]) == ["a": 1])
            let report = try RestoreReport(try await host.send(.backup(.restore(Self.acme, made.id, into: nil))))
            // The log that came back is shorter, too.
            #expect(report.differences.map(\.table).filter { !$0.hasPrefix("audit") } == ["document", "secret"])
            #expect(try await Self.documents(of: Self.acme, host) == ["c29tZSB0ZXh0"])
            #expect(try await host.call("echo", ["a": 2]) == ["a": 2])
            let undo = try #require(report.undo)
            _ = try await host.send(.backup(.restore(Self.acme, undo, into: nil)))
            #expect(try await Self.documents(of: Self.acme, host).isEmpty)
        }
    }

    @Test func `a tenant moves to another daemon under another name, and brings nothing that could act there`() async throws {
        var export: [UInt8] = []
        try await DaemonFixture.with { host in
            try await Self.fill(host)
            export = try await Self.export(host.socket)
            let refused = await problem {
                try await host.send(.backup(.export(Self.acme, nil, key: SecretText("short"))))
            }
            #expect(refused?.code == .invalidInput && refused?.description.contains("short") == false)
        }
        #expect(Data(export).range(of: Data("some text".utf8)) == nil)
        try await DaemonFixture.with { host in
            let other = TenantID(unchecked: "globex")
            let wrong = await problem { try await Self.bring(export, as: other, key: String(repeating: "00", count: 32), to: host.socket) }
            #expect(wrong?.message == "the export is damaged, incomplete, or sealed with another key")
            let cut = await problem { try await Self.bring(Array(export.dropLast(7)), as: other, key: Self.key, to: host.socket) }
            #expect(cut?.code == .invalidInput)
            #expect(try await host.daemon.store.tenants().isEmpty)

            try await Self.bring(export, as: other, key: Self.key, to: host.socket)
            #expect(try await Self.documents(of: other, host) == ["c29tZSB0ZXh0"])
            let store = try await host.daemon.store.tenant(other)
            #expect(try await PluginRegistration.all(in: store).isEmpty)
            #expect(try await host.daemon.host.secrets.list(in: store).isEmpty)
            let twice = await problem { try await Self.bring(export, as: other, key: Self.key, to: host.socket) }
            #expect(twice?.code == .conflict)
        }
    }

    @Test(arguments: ["../../../registry.db", "a/b", "..", "", "a\nb"])
    func `a name of an export that would be a path is refused`(name: String) async throws {
        try await DaemonFixture.with { host in
            try await Self.fill(host)
            try await host.daemon.store.tenant(Self.acme).write { try $0.execute(sql: "UPDATE document SET name = ?", arguments: [name]) }
            let export = try await Self.export(host.socket)
            let other = TenantID(unchecked: "globex")
            let refused = await problem { try await Self.bring(export, as: other, to: host.socket) }
            #expect(refused?.code == .invalidInput, "\(refused.debugDescription)")
            #expect(try await host.daemon.store.tenants().map(\.id) == [Self.acme])
            // Where it got in anyhow, no plugin is given it.
            #expect(await problem { try await host.send(.documentList(Self.acme, cursor: nil, limit: 10)) } != nil)
        }
    }

    static func fill(_ host: DaemonFixture) async throws {
        try await host.createTenant()
        _ = try await host.send(.secretSet(acme, name: "mail.key", SecretText("swordfish")))
        _ = try await host.send(.pluginRun(acme, .folder(try host.plugin()), configuration: nil))
        try await put("some text", to: host.socket)
    }

    static func put(_ text: String, to socket: String) async throws {
        _ = try await ControlClient.withConnection(to: socket) { client in
            let size = ByteSize(bytes: Int64(text.utf8.count))
            let begun = try await client.send(.documentBegin(acme, try DocumentName("a.txt"), size: size), deadline: .seconds(10))
            let handle = try DocumentHandle(try JSONValue.parse(Array(begun.readableBytesView))["handle"]?.string ?? "")
            _ = try await client.send(.documentAppend(handle, try DocumentChunk(ByteBuffer(string: text))), deadline: .seconds(10))
            _ = try await client.send(.documentFinish(handle), deadline: .seconds(10))
            return try await client.send(.documentKeep(handle), deadline: .seconds(30))
        }
    }

    static func export(_ socket: String) async throws -> [UInt8] {
        let parts = Collected()
        _ = try await ControlClient.withConnection(to: socket) { client in
            try await client.send(.backup(.export(acme, nil, key: SecretText(key))), deadline: .seconds(60)) { event in
                parts.add(Array(Data(base64Encoded: event["data"]?.string ?? "") ?? Data()))
            }
        }
        return parts.bytes
    }

    @discardableResult
    static func bring(
        _ export: [UInt8], as id: TenantID, key: String = key, _ change: QuotaChange = QuotaChange(), to socket: String
    ) async throws -> ByteBuffer {
        try await ControlClient.withConnection(to: socket) { client in
            let size = ByteSize(bytes: Int64(export.count))
            let begun = try await client.send(.backup(.importBegin(size: size)), deadline: .seconds(10))
            let handle = try ImportHandle(try JSONValue.parse(Array(begun.readableBytesView))["import"]?.string ?? "")
            _ = try await client.send(
                .backup(.importAppend(handle, try DocumentChunk(ByteBuffer(bytes: export)))), deadline: .seconds(10))
            return try await client.send(
                .backup(.importFinish(handle, id, key: SecretText(key), name: nil, change)), deadline: .seconds(60))
        }
    }

    private static func documents(of id: TenantID, _ host: DaemonFixture) async throws -> [String] {
        var contents: [String] = []
        for document in try await host.send(.documentList(id, cursor: nil, limit: 10))["documents"]?.array ?? [] {
            let document = try DocumentID(document["document"]?.string ?? "")
            contents.append(try await host.send(.documentRead(id, document, offset: 0, length: 100))["data"]?.string ?? "")
        }
        return contents
    }
}

private final class Collected: Sendable {
    private let parts = Mutex<[UInt8]>([])
    var bytes: [UInt8] { parts.withLock { $0 } }
    func add(_ bytes: [UInt8]) { parts.withLock { $0 += bytes } }
}
