import ArgumentParser
import Control
import Glibc
import Model
import NIOCore

struct UploadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "upload", abstract: "Bring documents in parts, and go on where they stopped.",
        subcommands: [
            UploadCreateCommand.self, UploadListCommand.self, UploadShowCommand.self, UploadAppendCommand.self,
            UploadFinishCommand.self, UploadCancelCommand.self,
        ])
}

/// Names one upload of one tenant.
struct UploadOptions: ParsableArguments, Sendable {
    @Argument(help: "The upload's id.", transform: UploadID.init(_:))
    var id: UploadID

    @Option(help: ArgumentHelp("The tenant.", valueName: "id"), transform: TenantID.init(_:))
    var tenant: TenantID
}

struct UploadCreateCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Start an upload of a file; nothing of it is sent yet.")

    @Argument(help: "The file.", completion: .file())
    var file: String

    @Option(help: ArgumentHelp("The tenant.", valueName: "id"), transform: TenantID.init(_:))
    var tenant: TenantID

    @Option(help: ArgumentHelp("The SHA-256 that must come out, in hexadecimal digits.", valueName: "digits"))
    var sha256: String?

    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        guard let size = Path.fileSize(file) else { throw FileProblem.cannotRead(file) }
        let request = UploadRequest.create(
            tenant, try DocumentName(Path.name(of: file)), size: ByteSize(bytes: size), mediaType: nil, sha256: sha256)
        let width = session.output.width
        try await session.show(.upload(request)) { UploadText.details($0, width: width) }
    }
}

struct UploadListCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List a tenant's uploads, the newest first.")

    @Option(help: ArgumentHelp("The tenant.", valueName: "id"), transform: TenantID.init(_:))
    var tenant: TenantID

    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        try await session.show(.upload(.list(tenant))) { UploadText.table($0, width: width) }
    }
}

struct UploadShowCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show where an upload stands.")

    @OptionGroup var target: UploadOptions
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        try await session.show(.upload(.show(target.tenant, target.id))) { UploadText.details($0, width: width) }
    }
}

struct UploadAppendCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "append", abstract: "Send the rest of a file, from where its upload stands.")

    @OptionGroup var target: UploadOptions

    @Argument(help: "The file.", completion: .file())
    var file: String

    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        let descriptor = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw FileProblem.cannotRead(file) }
        defer { close(descriptor) }
        var upload = try session.output.value(try await session.send(.upload(.show(target.tenant, target.id))))
        var offset = upload["offset"]?.integer ?? 0
        guard lseek(descriptor, off_t(offset), SEEK_SET) == off_t(offset) else { throw FileProblem.cannotRead(file) }
        while let part = try DocumentUpload.part(of: descriptor, file) {
            let request = UploadRequest.append(target.tenant, target.id, offset: offset, try DocumentChunk(part))
            upload = try session.output.value(try await session.send(.upload(request)))
            offset += Int64(part.readableBytes)
        }
        if session.output.isJSON { return session.output.printJSON(upload) }
        session.output.write(UploadText.details(upload, width: width))
    }
}

struct UploadFinishCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "finish", abstract: "Make a document of an upload that is all there; the tenant's plugins are told.")

    @OptionGroup var target: UploadOptions
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        try await session.show(.upload(.finish(target.tenant, target.id))) { DocumentText.details($0, width: width) }
    }
}

struct UploadCancelCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "cancel", abstract: "End an upload and remove what came of it.")

    @OptionGroup var target: UploadOptions
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        try await session.show(.upload(.cancel(target.tenant, target.id))) { _ in "cancelled upload \(target.id)\n" }
    }
}
