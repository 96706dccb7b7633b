import ArgumentParser
import Control
import Glibc
import Model
import NIOCore
import Tenancy

struct WhitelabelLogoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logo", abstract: "The logo on a tenant's pages.",
        subcommands: [WhitelabelLogoSetCommand.self, WhitelabelLogoShowCommand.self, WhitelabelLogoDeleteCommand.self])
}

struct WhitelabelLogoSetCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Set the logo from a PNG, JPEG or WebP picture; it is written anew, without metadata.")

    @Argument(help: "The picture.", completion: .file(extensions: ["png", "jpg", "jpeg", "webp"]))
    var file: String

    @OptionGroup var about: TenantOption
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let picture = try DocumentChunk(ByteBuffer(bytes: try Self.contents(of: file)))
        try await session.show(.whitelabel(.setLogo(about.tenant, picture)), human: WhitelabelText.logo)
    }

    /// Not more than the daemon would take.
    private static func contents(of path: String) throws(Problem) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileProblem.cannotRead(path) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while bytes.count <= Int(RasterHeader.byteLimit.bytes) {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw FileProblem.cannotRead(path) }
            guard count > 0 else { return bytes }
            bytes += chunk[..<count]
        }
        throw Problem(.invalidInput, "\(path): larger than \(RasterHeader.byteLimit)")
    }
}

struct WhitelabelLogoShowCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show the size and the digest of the logo; with --json the picture itself, too.")

    @OptionGroup var about: TenantOption
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        try await session.show(.whitelabel(.logo(about.tenant)), human: WhitelabelText.logo)
    }
}

struct WhitelabelLogoDeleteCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "delete", abstract: "Take the logo away.")

    @OptionGroup var about: TenantOption
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        try await session.show(.whitelabel(.deleteLogo(about.tenant))) { _ in "deleted the logo of \(about.tenant)\n" }
    }
}
