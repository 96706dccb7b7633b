import ArgumentParser
import Model
import Plugins

struct PluginSchemaCommand: LocalCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Print the JSON Schema of plugin.yaml, for editors and other checkers.",
        discussion: """
            cloister plugin schema > plugin.schema.json
            and as the first line of plugin.yaml: # yaml-language-server: $schema=plugin.schema.json
            """)

    var json: Bool { true }

    func run() throws {
        StandardOutput.write(ManifestSchema.json.prettyText + "\n")
    }
}
