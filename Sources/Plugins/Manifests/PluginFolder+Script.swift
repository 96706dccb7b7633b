import Glibc
import Model

/// The script that a command gives to its interpreter, looked at before the interpreter fails on it in words of its own.
extension PluginFolder {
    private static let endings = [".py", ".js", ".mjs", ".cjs", ".sh", ".bash", ".pl", ".rb"]
    private static let shells = ["sh", "dash", "bash"]
    /// Options of interpreters that are complete in themselves; behind any other may stand a value that is no file.
    private static let flags = ["-I", "-S", "-s", "-B", "-u", "-E", "-e", "-x"]

    /// Throws where the script is missing, or is a shell's and its lines end like those of Windows. `words` is the command
    /// as the manifest has it.
    func checkScript(_ words: [YAMLNode]) throws(Problem) {
        let command = manifest.command
        guard command[0].hasPrefix("/"), !command[0].hasPrefix("/plugin/"), let index = Self.scriptIndex(command) else {
            return
        }
        let script = command[index]
        let file = script.hasPrefix("/plugin/") ? path + script.dropFirst("/plugin".count) : "\(path)/\(script)"
        guard access(file, F_OK) == 0 else {
            throw words[index].problem(
                "script not found: \(script)", hint: Self.names(in: path).nearest(to: script).map { "did you mean \($0)?" })
        }
        let interpreter = String(command[0].split(separator: "/").last ?? "")
        guard Self.shells.contains(interpreter), Self.endsLinesWithReturns(file) else { return }
        throw words[index].problem(
            "a shell script whose lines end like those of Windows: \(script)", hint: #"sed -i 's/\r$//' \#(file)"#)
    }

    /// The first word behind the interpreter and its flags, where it looks like a file of the plugin.
    private static func scriptIndex(_ command: [String]) -> Int? {
        guard let index = command.indices.dropFirst().first(where: { !flags.contains(command[$0]) }) else { return nil }
        let word = command[index]
        guard !word.hasPrefix("-"), !word.hasPrefix("/") || word.hasPrefix("/plugin/") else { return nil }
        return endings.contains(where: word.hasSuffix) ? index : nil
    }

    private static func endsLinesWithReturns(_ file: String) -> Bool {
        guard let stream = fopen(file, "re") else { return false }
        defer { fclose(stream) }
        var head = [UInt8](repeating: 0, count: 4096)
        let count = fread(&head, 1, head.count, stream)
        return head[..<count].prefix { $0 != 0x0A }.last == 0x0D
    }

    private static func names(in folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while names.count < 1000, let entry = readdir(directory) {
            names.append(
                withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
        }
        return names
    }
}
