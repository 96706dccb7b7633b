import ArgumentParser
import Model
import Plugins

struct PluginSignCommand: LocalCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign", abstract: "Sign a package with a private key.",
        discussion: """
            Adds a DSSE envelope with an in-toto statement about the package's digest, id, version, compatible range and \
            permissions. The digest stays as it is. A package may carry several signatures.
            """)

    @Argument(help: "The package's file.", completion: .file(extensions: ["cloister"]))
    var file: String

    @Option(help: ArgumentHelp("The private key.", valueName: "file"), completion: .file())
    var key: String

    @Option(help: ArgumentHelp("Write here instead of over the package.", valueName: "file"), completion: .file())
    var output: String?

    @Flag(help: "Print the result, and errors, as JSON.")
    var json = false

    func run() throws {
        let key = try SigningKey(file: key)
        let package = try PackageFile.open(try PackageSource(file: file))
        let path = output ?? file
        let signed = try package.signed(by: key, to: path)
        try PackageText.print(signed, path, signers: [], to: .standard(json: json))
    }
}
