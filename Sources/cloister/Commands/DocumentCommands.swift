import ArgumentParser
import Control
import Glibc
import Model

struct DocumentCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "document", abstract: "Keep a tenant's documents, and pass them through its plugins.",
        subcommands: [
            DocumentPutCommand.self, DocumentListCommand.self, DocumentShowCommand.self, DocumentGetCommand.self,
            DocumentProcessCommand.self, DocumentDeleteCommand.self,
        ])
}

/// Names one document of one tenant.
struct DocumentOptions: ParsableArguments, Sendable {
    @Argument(help: "The document's id.", transform: DocumentID.init(_:))
    var id: DocumentID

    @Option(help: ArgumentHelp("The tenant.", valueName: "id"), transform: TenantID.init(_:))
    var tenant: TenantID
}

struct DocumentPutCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "put", abstract: "Give a tenant a document; its plugins are told.",
        discussion: "A plugin that must not fail, such as a virus scan, can keep a document out.")

    @Argument(help: "The file.", completion: .file())
    var file: String

    @Option(help: ArgumentHelp("The tenant.", valueName: "id"), transform: TenantID.init(_:))
    var tenant: TenantID

    @Flag(help: "Pass it through the filters of its content and its metadata, too.")
    var process = false

    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        let handle = try await DocumentUpload(path: file).send(for: tenant, in: session)
        let kept = try session.output.value(try await session.send(.documentKeep(handle)))
        guard process else {
            if session.output.isJSON { return session.output.printJSON(kept) }
            return session.output.write(DocumentText.details(kept, width: width))
        }
        let id = try DocumentID(kept["document"]?.string ?? "")
        try await session.show(.documentProcess(tenant, id)) { DocumentText.processed($0, width: width) }
    }
}

struct DocumentListCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List a tenant's documents, the newest first.")

    @Option(help: ArgumentHelp("The tenant.", valueName: "id"), transform: TenantID.init(_:))
    var tenant: TenantID

    @Option(help: ArgumentHelp("How many at most.", valueName: "n"))
    var limit = 100

    @Option(help: ArgumentHelp("Where the page before ended.", valueName: "cursor"))
    var cursor: Int64?

    @OptionGroup var client: ClientOptions

    func validate() throws {
        guard (1...1000).contains(limit) else { throw ValidationError("--limit is 1 to 1000") }
    }

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        try await session.show(.documentList(tenant, cursor: cursor, limit: limit)) { DocumentText.table($0, width: width) }
    }
}

struct DocumentShowCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show a document and its metadata.")

    @OptionGroup var target: DocumentOptions
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        try await session.show(.documentShow(target.tenant, target.id)) { DocumentText.details($0, width: width) }
    }
}

struct DocumentGetCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "get", abstract: "Write a document to a file, or to standard output.")

    @OptionGroup var target: DocumentOptions

    @Option(name: .shortAndLong, help: ArgumentHelp("The file; it must not be there yet.", valueName: "file"), completion: .file())
    var output: String?

    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let descriptor = try output.map { (path) throws(Problem) in
            let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
            guard descriptor >= 0 else { throw Problem(.conflict, "cannot make \(path)", cause: String(cString: strerror(errno))) }
            return descriptor
        }
        defer { if let descriptor { close(descriptor) } }
        do {
            try await DocumentDownload(target.id, of: target.tenant).write(to: descriptor ?? STDOUT_FILENO, in: session)
        } catch {
            if let output { unlink(output) }
            throw error
        }
    }
}

struct DocumentProcessCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "process", abstract: "Pass a document through the filters of its content and its metadata.")

    @OptionGroup var target: DocumentOptions
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        try await session.show(.documentProcess(target.tenant, target.id)) { DocumentText.processed($0, width: width) }
    }
}

struct DocumentDeleteCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "delete", abstract: "Delete a document; the tenant's plugins are told.")

    @OptionGroup var target: DocumentOptions
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        try await session.show(.documentDelete(target.tenant, target.id)) { _ in "deleted document \(target.id)\n" }
    }
}
