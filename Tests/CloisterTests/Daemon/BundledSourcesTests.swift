import HostTesting
import Testing

@testable import cloister

/// What several bundled plugins have in common stands in the folder of each, because a plugin's folder is all that it sees,
/// that is packed, and that an author copies. These tests keep the copies alike.
struct BundledSourcesTests {
    static let copies: [(file: String, plugins: [String])] = [
        ("accounts.py", ["invoice-fields", "pii"]), ("texts.py", ["invoice-fields", "language", "pii"]),
    ]

    private static let folder = Built.root + "/Sources/Bundled/Plugins"

    @Test(arguments: copies) func `a file that several plugins share is the same in each`(file: String, plugins: [String]) throws {
        let contents = try plugins.map { try DaemonFixture.contents("\(Self.folder)/\($0)/\(file)") }
        #expect(Set(contents).count == 1)
        let text = String(decoding: contents[0], as: UTF8.self)
        for plugin in plugins { #expect(text.contains(plugin), "\(file) does not say that \(plugin) has it, too") }
    }

    @Test(arguments: copies) func `no other plugin has a file of that name`(file: String, plugins: [String]) {
        let owners = Path.entries(of: Self.folder).filter { Path.entries(of: "\(Self.folder)/\($0)").contains(file) }
        #expect(owners.sorted() == plugins)
    }
}
