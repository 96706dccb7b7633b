import Control
import Glibc
import HostTesting
import Model
import Testing

@testable import cloister

/// The plugins that ship, sealed, on real files (`make material` fetches them).
@Suite(.serialized, .timeLimit(.minutes(3)), .enabled(if: access(DaemonFixture.material + "/images", R_OK) == 0))
struct BundledPluginTests {
    private func files(_ folder: String, _ suffix: String) -> [String] {
        guard let directory = opendir("\(DaemonFixture.material)/\(folder)") else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if name.hasSuffix(suffix) { names.append("\(DaemonFixture.material)/\(folder)/\(name)") }
        }
        return names.sorted()
    }

    @Test func `metadata is read from every photograph`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            _ = try await host.send(.pluginRun(host.tenant, try PluginSource("exif-metadata"), configuration: nil))
            let photographs = files("images", ".jpg").filter { !$0.hasSuffix("/notjpeg.jpg") }
            #expect(photographs.count >= 5)
            var makers: Set<String> = []
            for photograph in photographs {
                let output = try await host.call("extract", of: "exif-metadata", document: photograph)
                #expect(output["metadata"]?["File"]?["MIMEType"] == "image/jpeg", "\(photograph)")
                if let maker = output["metadata"]?["EXIF"]?["Make"]?.string { makers.insert(maker) }
            }
            #expect(makers.count >= 4, "\(makers)")
        }
    }

    @Test func `text is read from a real PDF`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            _ = try await host.send(.pluginRun(host.tenant, try PluginSource("pdf-text"), configuration: nil))
            for name in ["GS9_Color_Management.pdf", "form_english.pdf", "helloworld.pdf"] {
                let document = "\(DaemonFixture.material)/documents/\(name)"
                let output = try await host.call("text", of: "pdf-text", document: document)
                #expect(output["pages"]?.array?.isEmpty == false, "\(name)")
            }
            let refused = await problem {
                try await host.call(
                    "text", of: "pdf-text", document: DaemonFixture.material + "/images/large.jpg")
            }
            #expect(refused != nil)
        }
    }

    /// The static build: a debug build needs the toolchain's libraries, which no child sees.
    private static let checksum = Built.root + "/.build/release/checksum"

    @Test(.enabled(if: access(checksum, X_OK) == 0))
    func `a checksum is the one that other programs compute`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            let place = host.folder + "/checksum"
            mkdir(place, 0o755)
            try copy(Built.root + "/Sources/Bundled/Plugins/checksum/plugin.yaml", to: place + "/plugin.yaml", mode: 0o644)
            try copy(Self.checksum, to: place + "/checksum", mode: 0o755)
            _ = try await host.send(.pluginRun(host.tenant, .folder(place), configuration: nil))
            let photograph = try #require(files("images", ".jpg").first)
            let output = try await host.call("digest", of: "checksum", document: photograph)
            let expected = try ProcessRun.output("/usr/bin/sha256sum", [photograph]).prefix(64)
            #expect(output["sha256"]?.string == String(expected))
            #expect(output["mediaType"] == "image/jpeg")
        }
    }

    @Test func `a document is gone from the plugin's sight when the call is over`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            _ = try await host.send(.pluginRun(host.tenant, try PluginSource("exif-metadata"), configuration: nil))
            let photograph = try #require(files("images", ".jpg").first)
            _ = try await host.call("extract", of: "exif-metadata", document: photograph)
            let exchange = host.folder + "/data/tenants/acme/plugins/exif-metadata/exchange/in"
            #expect(rmdir(exchange) == 0, "something was left in \(exchange)")
        }
    }
}
