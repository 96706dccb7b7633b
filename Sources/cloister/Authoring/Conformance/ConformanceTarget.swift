import Glibc
import Model
import Plugins
import Sandbox

/// What is held against the protocol, and how a process of it is started.
enum ConformanceTarget {
    /// As the host runs it.
    case sealed(ScratchSandbox, command: [String])
    /// As an ordinary process of this user, in a folder, with the variables that a plugin finds.
    case plain(command: [String], folder: String, sdk: String?)

    func start() throws(Problem) -> ProcessPipes {
        switch self {
        case .sealed(let sandbox, let command): try sandbox.start(command)
        case .plain(let command, let folder, let sdk): try UnsealedProcess.start(command, in: folder, sdk: sdk)
        }
    }

    /// Ends a process with everything that it started.
    func kill(_ process: pid_t) {
        switch self {
        // The end of the launcher ends the sandbox's first process, and that everything in it.
        case .sealed: _ = Glibc.kill(process, SIGKILL)
        case .plain: _ = Glibc.kill(-process, SIGKILL)
        }
    }
}

enum UnsealedProcess {
    /// A process in a group of its own, with the environment of a plugin but outside of any sandbox.
    static func start(_ command: [String], in folder: String, sdk: String?) throws(Problem) -> ProcessPipes {
        let input = try Pipe()
        let output = try Pipe()
        let errors = try Pipe()
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (number, target) in [(input.reading.number, 0), (output.writing.number, 1), (errors.writing.number, 2)] {
            posix_spawn_file_actions_adddup2(&actions, number, Int32(target))
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP))

        var variables = [
            "CLOISTER_PROTOCOL=cloister/1", "HOME=/tmp", "LANG=C.UTF-8", "PATH=/usr/local/bin:/usr/bin:/bin",
            "TMPDIR=/tmp",
        ]
        if let sdk { variables.append("CLOISTER_SDK=\(sdk)") }
        // The program is found from the folder, as inside of a sandbox. env(1) goes there and becomes the program.
        let program = command[0].hasPrefix("/") ? command[0] : "\(folder)/\(command[0])"
        let words = (["env", "--chdir=\(folder)", program] + command.dropFirst()).map { strdup($0) } + [nil]
        let environment = variables.map { strdup($0) } + [nil]
        defer { for word in words + environment { free(word) } }
        var process: pid_t = -1
        let error = posix_spawn(&process, "/usr/bin/env", &actions, &attributes, words, environment)
        guard error == 0 else { throw Problem(systemCall: "starting \(program)", error: error) }
        return ProcessPipes(
            process: process, input: input.keepWriting().release(), output: output.keepReading().release(),
            errors: errors.keepReading().release())
    }
}
