import ArgumentParser
import Model
import Plugins

struct PluginKeygenCommand: LocalCommand {
    static let configuration = CommandConfiguration(
        commandName: "keygen", abstract: "Make a key to sign packages with.",
        discussion: """
            Writes an Ed25519 private key that only you can read, and beside it FILE.pub with the public key. Hosts that \
            shall trust the key list the printed line under `trusted-keys`.
            """)

    @Argument(help: "Where to write the private key. Nothing is overwritten.", completion: .file())
    var file: String

    @Flag(help: "Print the result, and errors, as JSON.")
    var json = false

    func run() throws {
        let key = SigningKey()
        try key.write(to: file)
        try key.publicKey.write(to: file + ".pub")
        let identifier = key.publicKey.identifier
        guard !json else {
            return output.printJSON([
                "privateKey": .string(file), "publicKey": .string("\(key.publicKey)"), "identifier": .string(identifier),
            ])
        }
        var details = Details()
        details.add("private key", "\(file) (keep it secret, keep a copy)")
        details.add("public key", "\(file).pub")
        details.add("identifier", identifier)
        details.add("for cloister.yaml", "trusted-keys:\n  - {name: \(Path.name(of: file)), key: \(key.publicKey)}")
        output.write(details.text(width: nil))
    }
}
