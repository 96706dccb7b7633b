import ArgumentParser
import Glibc
import Model
import Plugins

struct PluginVerifyCommand: LocalCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Read a package as a host would, and check its signatures.",
        discussion: """
            Without --key and --config only the package itself is checked. With --key it must be signed by that key; with \
            --config it must satisfy the trust policy of that host. Nothing is unpacked.
            """)

    @Argument(help: "The package's file.", completion: .file(extensions: ["cloister"]))
    var file: String

    @Option(
        help: ArgumentHelp("A public key: its text, or a file that holds it. May be given several times.", valueName: "key"),
        completion: .file())
    var key: [String] = []

    @Option(help: ArgumentHelp("A host's configuration.", valueName: "file"), completion: .file(extensions: ["yaml"]))
    var config: String?

    @Flag(help: "Print the result, and errors, as JSON.")
    var json = false

    func run() throws {
        var policy = TrustPolicy()
        if let config { policy = try DaemonConfiguration.load(file: config).trust }
        for text in key {
            let key = access(text, F_OK) == 0 ? try PublicKey(file: text) : try PublicKey(text)
            policy.keys.append(TrustPolicy.Key(name: access(text, F_OK) == 0 ? text : "the given key", key: key))
            policy.requiresSignatures = true
        }
        let package = try PackageFile.open(try PackageSource(file: file))
        let signers = try policy.check(package).map(\.name)
        try PackageText.print(package, file, signers: signers, to: .standard(json: json))
    }
}
