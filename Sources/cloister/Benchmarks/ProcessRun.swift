import Sandbox
import Glibc
import Model

/// A helper program run to its end.
enum ProcessRun {
    static func status(_ program: String, _ arguments: [String]) throws(Problem) -> Int32 {
        try wait(for: try start(program, arguments, output: nil))
    }

    /// What the program wrote to its standard output; throws when it does not exit with 0.
    static func output(_ program: String, _ arguments: [String]) throws(Problem) -> String {
        let pipe = try Pipe()
        let reading = pipe.reading.number
        let process = try start(program, arguments, output: pipe.writing.number)
        let end = pipe.keepReading()
        var text: [UInt8] = []
        var bytes = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(reading, &bytes, bytes.count)
            guard count > 0 else { break }
            text += bytes[..<count]
        }
        _ = consume end
        guard try wait(for: process) == 0 else { throw Problem(.internalFault, "\(program) failed") }
        return String(decoding: text, as: UTF8.self)
    }

    /// `environment` is all that the program gets, each `NAME=value`.
    static func start(
        _ program: String, _ arguments: [String], output: Int32?, environment variables: [String] = []
    ) throws(Problem) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let output { posix_spawn_file_actions_adddup2(&actions, output, 1) }
        var words = ([program] + arguments).map { strdup($0) }
        defer { for word in words { free(word) } }
        words.append(nil)
        var environment = variables.map { strdup($0) }
        defer { for variable in environment { free(variable) } }
        environment.append(nil)
        var process: pid_t = -1
        let error = posix_spawn(&process, program, &actions, nil, words, &environment)
        guard error == 0 else {
            throw Problem(systemCall: "starting \(program)", error: error)
        }
        return process
    }

    static func wait(for process: pid_t) throws(Problem) -> Int32 {
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 {
            guard errno == EINTR else { throw Problem(systemCall: "waitpid") }
        }
        return status
    }
}
