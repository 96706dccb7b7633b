import Glibc
import Model

/// Whether a file can be executed on this machine, found out before a child dies of it with a bare errno.
enum Executable {
    /// Throws what stands in the way: missing, no file, not executable, another machine's, without its interpreter.
    static func check(_ path: String) throws(Problem) {
        let number = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard number >= 0 else {
            let error = errno
            if error == ENOENT || error == ENOTDIR { throw problem("executable not found: \(path)") }
            throw problem("cannot read the executable: \(path)", cause: String(cString: strerror(error)))
        }
        defer { close(number) }
        var status = stat()
        guard fstat(number, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw problem("not a file: \(path)", hint: "the command starts with an executable")
        }
        guard status.st_mode & 0o111 != 0 else {
            throw problem("not executable: \(path)", hint: "chmod +x \(path)")
        }
        let head = bytes(number, at: 0, count: 512)
        if head.starts(with: "#!".utf8) {
            try checkScript(head, path)
        } else if head.starts(with: [0x7F] + Array("ELF".utf8)) {
            try checkELF(head, number, path)
        } else {
            throw problem(
                head.isEmpty ? "an empty file: \(path)" : "neither an ELF executable nor a script: \(path)",
                hint: "a script starts with a line such as #!/bin/sh, or is an argument of its interpreter")
        }
    }

    /// The interpreter of the first line, execve(2): up to the first blank, at most 255 bytes.
    private static func checkScript(_ head: [UInt8], _ path: String) throws(Problem) {
        let line = head.dropFirst(2).prefix(254).prefix { $0 != 0x0A }.drop { $0 == 0x20 || $0 == 0x09 }
        let interpreter = String(decoding: line.prefix { $0 != 0x20 && $0 != 0x09 }, as: UTF8.self)
        guard interpreter.hasPrefix("/") else {
            throw problem("a script whose first line names no absolute interpreter: \(path)")
        }
        guard access(interpreter, F_OK) == 0 else {
            let windows = interpreter.hasSuffix("\r")
            let name = String(interpreter.split(separator: "/").last ?? "")
            throw problem(
                "a script whose interpreter is missing: \(interpreter.filter { $0 != "\r" && $0 != "\r\n" })",
                hint: windows
                    ? "its lines end like those of Windows; convert them"
                    : systemProgram(named: name).map { "here it is \($0)" })
        }
    }

    /// The program of that name where a sealed child finds it too; nil where there is none.
    static func systemProgram(named name: String) -> String? {
        ["/usr/bin/", "/bin/", "/usr/sbin/"].map { $0 + name }.first { !name.isEmpty && access($0, X_OK) == 0 }
    }

    /// The header, elf(5): word size, byte order, machine, and the loader that it asks for.
    private static func checkELF(_ head: [UInt8], _ number: Int32, _ path: String) throws(Problem) {
        guard head.count >= 64, head[5] == 1 else { throw problem("an executable for another machine: \(path)") }
        let machine = Int(head[18]) | Int(head[19]) << 8
        guard head[4] == 2, machine == ownMachine.number else {
            let name = head[4] == 2 ? machines[machine] ?? "another machine" : "a 32-bit machine"
            throw problem(
                "an executable for \(name): \(path)", hint: "this machine is \(ownMachine.name); use a build for it")
        }
        let kind = Int(head[16]) | Int(head[17]) << 8
        guard kind == 2 || kind == 3 else { throw problem("an ELF file that is no executable: \(path)") }
        if let loader = loader(head, number), access(loader, F_OK) != 0 {
            throw problem(
                "an executable whose loader is missing: \(loader)",
                hint: "it was built for another system; use a build for this one")
        }
    }

    private static func loader(_ head: [UInt8], _ number: Int32) -> String? {
        func word(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> Int {
            (0..<count).reduce(0) { $0 | Int(truncatingIfNeeded: UInt64(bytes[offset + $1]) << UInt64(8 * $1)) }
        }
        let (table, size, count) = (word(head, 32, 8), word(head, 54, 2), word(head, 56, 2))
        guard size == 56, (1...64).contains(count), table > 0 else { return nil }
        let headers = bytes(number, at: table, count: size * count)
        for index in 0..<(headers.count / size) where word(headers, index * size, 4) == 3 {
            let length = word(headers, index * size + 32, 8)
            guard (2...256).contains(length) else { return nil }
            let name = bytes(number, at: word(headers, index * size + 8, 8), count: length).prefix { $0 != 0 }
            return String(decoding: name, as: UTF8.self)
        }
        return nil
    }

    private static func bytes(_ number: Int32, at offset: Int, count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let got = offset >= 0 ? pread(number, &bytes, count, off_t(offset)) : -1
        return Array(bytes.prefix(max(0, got)))
    }

    private static func problem(_ message: String, hint: String? = nil, cause: String? = nil) -> Problem {
        Problem(.invalidConfiguration, message, hint: hint, cause: cause)
    }

    /// EM_… of elf.h.
    private static let machines = [
        3: "i386", 40: "arm", 62: "x86_64", 183: "aarch64", 243: "riscv64", 22: "s390x", 21: "ppc64",
    ]

    #if arch(x86_64)
        private static let ownMachine = (number: 62, name: "x86_64")
    #elseif arch(arm64)
        private static let ownMachine = (number: 183, name: "aarch64")
    #endif
}
