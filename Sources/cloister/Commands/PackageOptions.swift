import ArgumentParser
import Control
import Model

/// What is said along with a package that is sent to the daemon.
struct PackageOptions: ParsableArguments, Sendable {
    @Argument(help: "The package's file.", completion: .file(extensions: ["cloister"]))
    var file: String

    @Option(help: ArgumentHelp("The tenant.", valueName: "id"), transform: TenantID.init(_:))
    var tenant: TenantID

    @Flag(help: "Grant the plugin what it asks for.")
    var consent = false

    @Option(
        name: .customLong("configuration"),
        help: ArgumentHelp("The plugin's configuration, YAML or JSON.", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml", "json"]))
    var configurationFile: String?

    /// Uploads the package, over the connection on which it is then asked for: the daemon may run as a user who cannot
    /// read the caller's files.
    func upload(in session: ClientSession) async throws -> (handle: DocumentHandle, wishes: PackageWishes) {
        let configuration = try configurationFile.map { (file) throws(Problem) in try YAMLNode.load(file: file).value }
        let handle = try await DocumentUpload(path: file).send(for: tenant, in: session)
        return (handle, PackageWishes(consents: consent, configuration: configuration))
    }
}
