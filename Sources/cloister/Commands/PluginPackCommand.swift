import ArgumentParser
import Model
import Plugins

struct PluginPackCommand: LocalCommand {
    static let configuration = CommandConfiguration(
        commandName: "pack", abstract: "Make a package of a plugin's folder.",
        discussion: """
            The package is an OCI image layout in a tar. The same folder makes the same bytes and the same digest, whenever \
            it is packed. Version control folders, __pycache__, *.pyc and packages are left out.
            """)

    @Argument(help: "The plugin's folder.", completion: .directory)
    var folder: String

    @Option(
        help: ArgumentHelp("The package's file; ID-VERSION.cloister here where none is named.", valueName: "file"),
        completion: .file())
    var output: String?

    @Option(help: ArgumentHelp("Also sign it with this private key.", valueName: "file"), completion: .file())
    var key: String?

    @Flag(help: "Print the result, and errors, as JSON.")
    var json = false

    func run() throws {
        let key = try key.map { (path) throws(Problem) in try SigningKey(file: path) }
        let packed = try PackageBuilder.pack(Path.absolute(folder), to: output, or: ".")
        let package = try key.map { (key) throws(Problem) in try packed.package.signed(by: key, to: packed.path) }
        try PackageText.print(package ?? packed.package, packed.path, signers: [], to: .standard(json: json))
    }
}
