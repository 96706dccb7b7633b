import ArgumentParser
import Control
import Glibc
import Model

struct SecretCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "secret", abstract: "Keep a tenant's secrets: sealed on disk, never shown.",
        subcommands: [SecretSetCommand.self, SecretListCommand.self, SecretShowCommand.self, SecretDeleteCommand.self])
}

struct SecretSetCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Keep a secret; its value is read from standard input.",
        discussion: """
            One line break at the end is not part of the value. Workflows send it to the hosts that are named, and to no
            other; where none is named, it stays as it was.
              cloister secret set mail.key --tenant acme < key.txt
              cloister secret set crm.key --tenant acme --host api.crm.example < key.txt
            """)

    @Argument(help: "The name: letters, digits, points, hyphens and underscores.")
    var name: String

    @Option(help: ArgumentHelp("The tenant.", valueName: "id"), transform: TenantID.init(_:))
    var tenant: TenantID

    @Option(help: ArgumentHelp("A host that workflows may send it to, or *.DOMAIN; may stand several times.", valueName: "host"))
    var host: [String] = []

    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let value = try Self.readValue()
        try await session.show(.secretSet(tenant, name: name, SecretText(value, hosts: host))) { _ in "kept secret \(name) of \(tenant)\n" }
    }

    /// What a person types is not shown.
    static func readValue() throws(Problem) -> String {
        var settings = termios()
        let isTerminal = tcgetattr(STDIN_FILENO, &settings) == 0
        if isTerminal {
            StandardError.write("value: ")
            var silent = settings
            silent.c_lflag &= ~tcflag_t(ECHO)
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent)
        }
        defer { if isTerminal { tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings) } }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while bytes.count <= 65_537 {
            let count = read(STDIN_FILENO, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            bytes += chunk[..<count]
            if isTerminal, bytes.last == 0x0A { break }
        }
        if bytes.last == 0x0A { bytes.removeLast() }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Problem(.invalidInput, "the value is not UTF-8 text", hint: "encode binary secrets, for example with base64")
        }
        return text
    }
}

struct SecretListCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the names of a tenant's secrets.")

    @Option(help: ArgumentHelp("The tenant.", valueName: "id"), transform: TenantID.init(_:))
    var tenant: TenantID

    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        try await session.show(.secretList(tenant)) { value in
            let secrets = value["secrets"]?.array ?? []
            guard !secrets.isEmpty else { return "no secrets\n" }
            return Self.table(secrets, width: width)
        }
    }

    static func table(_ secrets: [JSONValue], width: Int?) -> String {
        var table = Table([.flexible("SECRET"), .left("CHANGED"), .flexible("SENT TO")])
        for secret in secrets {
            let hosts = (secret["hosts"]?.array ?? []).compactMap(\.string)
            table.append([secret["name"]?.string ?? "", secret["changed"]?.string ?? "", hosts.joined(separator: ", ")])
        }
        return table.text(width: width)
    }
}

struct SecretShowCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show when a secret was set and where it may be sent, never its value.")

    @Argument(help: "The name.")
    var name: String

    @Option(help: ArgumentHelp("The tenant.", valueName: "id"), transform: TenantID.init(_:))
    var tenant: TenantID

    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        try await session.show(.secretShow(tenant, name: name)) { SecretListCommand.table([$0], width: width) }
    }
}

struct SecretDeleteCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "delete", abstract: "Delete a secret.")

    @Argument(help: "The name.")
    var name: String

    @Option(help: ArgumentHelp("The tenant.", valueName: "id"), transform: TenantID.init(_:))
    var tenant: TenantID

    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        try await session.show(.secretDelete(tenant, name: name)) { _ in "deleted secret \(name) of \(tenant)\n" }
    }
}
