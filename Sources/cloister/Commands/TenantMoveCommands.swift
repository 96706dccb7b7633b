import ArgumentParser
import Control
import Glibc
import Model
import Store
import Synchronization

struct TenantExportCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write a tenant into one sealed file, for another daemon.",
        discussion: """
            The file is sealed with the key that --key names: a file with 64 hexadecimal digits, made where there is none. \
            Bring the key along by another way than the file.
              cloister tenant export acme --output acme.tenant --key acme.key
              cloister tenant import acme.tenant acme --key acme.key
            """)

    @Argument(help: "The tenant.", transform: TenantID.init(_:))
    var id: TenantID

    @Option(name: .shortAndLong, help: ArgumentHelp("The file; it must not be there yet.", valueName: "file"), completion: .file())
    var output: String

    @Option(help: ArgumentHelp("The file with the key.", valueName: "file"), completion: .file())
    var key: String

    @Option(help: ArgumentHelp("A backup; without it, what the tenant has now.", valueName: "id"), transform: BackupID.init(_:))
    var backup: BackupID?

    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let secret = try ExportKeyFile.load(key, makes: true)
        let descriptor = open(output, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw Problem(.conflict, "cannot make \(output)", cause: String(cString: strerror(errno)))
        }
        defer { close(descriptor) }
        do {
            // Events come one after the other on the connection's loop, which waits while the disk does.
            let failure = Mutex<Problem?>(nil)
            let reply = try await session.connection.send(.backup(.export(id, backup, key: SecretText(secret)))) { event in
                guard failure.withLock({ $0 == nil }) else { return }
                do throws(Problem) { try Self.write(event, to: descriptor) } catch { failure.withLock { $0 = error } }
            }
            if let problem = failure.withLock({ $0 }) { throw problem }
            guard fsync(descriptor) == 0 else { throw Problem(.internalFault, "cannot write \(output) to disk") }
            try session.output.show(reply) { _ in "wrote tenant \(id) to \(output)\n" }
        } catch {
            unlink(output)
            throw error
        }
    }

    private static func write(_ event: JSONValue, to descriptor: Int32) throws(Problem) {
        guard let text = event["data"]?.string, let bytes = Array(text.utf8).withUnsafeBytes(Base64.decode) else {
            throw Problem(.internalFault, "the daemon's answer to tenant/export has no data")
        }
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + done, $0.count - done) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Problem(.internalFault, "cannot write the export", cause: String(cString: strerror(errno))) }
            done += count
        }
    }
}

struct TenantImportCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Make a tenant of a file that another daemon exported.",
        discussion: """
            Documents and what plugins kept come along. Plugins have to be installed and consented to here, and secrets to be \
            set again.
            """)

    @Argument(help: "The file.", completion: .file())
    var file: String

    @Argument(help: "The new tenant, whatever the exported one was called.", transform: TenantID.init(_:))
    var id: TenantID

    @Option(help: ArgumentHelp("The file with the key.", valueName: "file"), completion: .file())
    var key: String

    @Option(help: ArgumentHelp("What people call the tenant.", valueName: "text"))
    var name: String?

    @OptionGroup(title: "Quota") var quota: QuotaOptions
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let secret = try ExportKeyFile.load(key, makes: false)
        let handle = try await ImportUpload(path: file).send(in: session)
        let width = session.output.width
        let request = BackupRequest.importFinish(handle, id, key: SecretText(secret), name: name, quota.change)
        try await session.show(.backup(request)) { try TenantText.details(TenantReport($0), width: width) }
    }
}

/// The key of an export in a file of its own.
private enum ExportKeyFile {
    /// Reads the key; makes it where there is none and it may.
    static func load(_ path: String, makes: Bool) throws(Problem) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            guard makes, errno == ENOENT else { throw FileProblem.cannotRead(path) }
            return try make(path)
        }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 128)
        let count = read(descriptor, &bytes, bytes.count)
        guard count >= 0 else { throw FileProblem.cannotRead(path) }
        let text = String(decoding: bytes[..<count].prefix { $0 != 0x0A }, as: UTF8.self)
        _ = try ExportKey(text)
        return text
    }

    private static func make(_ path: String) throws(Problem) -> String {
        let text = ExportKey.random()
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Problem(.conflict, "cannot make \(path)", cause: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        let bytes = Array((text + "\n").utf8)
        guard write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0 else {
            throw Problem(.internalFault, "cannot write \(path)", cause: String(cString: strerror(errno)))
        }
        return text
    }
}
