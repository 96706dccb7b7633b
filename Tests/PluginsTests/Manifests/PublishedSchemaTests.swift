import Foundation
import HostTesting
import Model
import Testing

@testable import Plugins

private let library = Built.root + "/.build/material/python"

/// The published schema as others read it: by the library jsonschema, on every manifest that there is in this checkout
/// (`make material` fetches the library).
@Suite(.timeLimit(.minutes(2)), .enabled(if: FileManager.default.fileExists(atPath: library + "/jsonschema")))
struct PublishedSchemaTests {
    /// Why the library refuses each of the manifests; nil for those that it accepts.
    private func refusals(_ manifests: [JSONValue]) async throws -> [String?] {
        let value: JSONValue = ["schema": ManifestSchema.json, "instances": .array(manifests)]
        return try await TemporaryFolder.with { (folder) async throws in
            let file = folder + "/given.json"
            try Data(value.bytes).write(to: URL(fileURLWithPath: file))
            let answer = try await aside {
                try run(
                    "/usr/bin/env",
                    ["PYTHONPATH=\(library)", "/usr/bin/python3", Built.root + "/Tests/material/accepts.py", file])
            }
            return try #require(try JSONValue.parse(answer).array).map(\.string)
        }
    }

    /// The manifests of plugins and templates, and every text of a test or of the manual that the reader takes for one.
    private static func samples() throws -> [(place: String, manifest: JSONValue)] {
        var texts: [(String, String)] = []
        for folder in ["Sources", "Tests"] {
            let files = FileManager.default.enumerator(atPath: "\(Built.root)/\(folder)")
            while let name = files?.nextObject() as? String {
                let path = "\(folder)/\(name)"
                switch true {
                case path.hasSuffix("/plugin.yaml"): texts.append((path, try text(of: path)))
                case path.hasSuffix(".swift") && folder == "Tests":
                    texts += blocks(try text(of: path), between: #"""""#).map { (path, $0) }
                case path.hasSuffix(".md"): texts += blocks(try text(of: path), between: "```").map { (path, $0) }
                default: continue
                }
            }
        }
        return texts.compactMap { place, text in
            let text = text.replacing("PLUGIN_ID", with: "sample").replacing("PLUGIN_NAME", with: "Sample")
            guard let node = try? YAMLNode.load(text: text, named: "plugin.yaml"), (try? Manifest(node)) != nil,
                let value = try? node.value
            else { return nil }
            return (place, value)
        }
    }

    private static func text(of path: String) throws -> String {
        try String(contentsOfFile: "\(Built.root)/\(path)", encoding: .utf8)
    }

    /// What stands between two marks, without the first line's rest and without the indentation of its first line.
    private static func blocks(_ text: String, between mark: String) -> [String] {
        let parts = text.components(separatedBy: mark)
        return parts.indices.filter { $0 % 2 == 1 }.map { index in
            let lines = parts[index].split(separator: "\n", omittingEmptySubsequences: false).dropFirst()
            let indentation = lines.first?.prefix { $0 == " " }.count ?? 0
            return lines.map { $0.dropFirst(min(indentation, $0.prefix { $0 == " " }.count)) }.joined(separator: "\n")
        }
    }

    @Test func `every manifest that the reader takes, the library takes`() async throws {
        let samples = try Self.samples()
        let texts = ManifestSchemaTests.right
        let manifests = try samples.map(\.manifest) + texts.map { try YAMLNode.load(text: $0, named: "plugin.yaml").value }
        for (index, refusal) in try await refusals(manifests).enumerated() {
            let place = index < samples.count ? samples[index].place : texts[index - samples.count]
            #expect(refusal == nil, "\(place)")
        }
        let places = samples.map(\.place)
        #expect(places.count { $0.hasPrefix("Sources/Bundled/Plugins/") } >= 15, "\(places)")
        #expect(places.count { $0.hasPrefix("Sources/Bundled/SDKs/") && $0.hasSuffix("/template/plugin.yaml") } == 5)
        #expect(places.count { $0.hasSuffix(".swift") } >= 4)
    }

    @Test func `every manifest that the reader refuses, the library refuses, but for what a schema cannot say`() async throws {
        // A manifest that is no JSON, as one with an infinite number, never comes before a schema.
        let wrong = ManifestSchemaTests.wrong.compactMap { text in
            (try? YAMLNode.load(text: text, named: "plugin.yaml").value).map { (text, $0) }
        }
        for ((text, _), refusal) in zip(wrong, try await refusals(wrong.map(\.1))) {
            let isBeyond = ManifestSchemaTests.beyond.contains { text.contains($0) }
            #expect((refusal == nil) == isBeyond, "\(text)")
        }
    }
}
