import CLinux
import Glibc
import Model
import Sandbox
import Store
import Tenancy

/// Gives mails to the host's sendmail(8), which queues and delivers them.
struct Sendmail: MailTransport {
    let settings: NotificationSettings.Mail?
    /// Then the program is ended.
    var deadline = Duration.seconds(30)

    init(settings: NotificationSettings.Mail?) { self.settings = settings }

    var sender: EmailAddress? { settings?.sender }

    func send(_ message: MailMessage) async throws(Problem) {
        guard let program = settings?.program else { throw Problem(.unsupported, "no mail is configured") }
        let bytes = message.bytes
        let deadline = deadline
        try await Blocking.run { () throws(Problem) in try Self.run(program, bytes, deadline) }
    }

    /// The words are always the same: whom a mail is for stands in its header alone.
    private static func run(_ program: String, _ bytes: [UInt8], _ deadline: Duration) throws(Problem) {
        let input = cloister_memory_file("mail")
        guard input >= 0 else { throw Problem(systemCall: "memfd_create") }
        defer { close(input) }
        guard bytes.withUnsafeBytes({ write(input, $0.baseAddress, $0.count) }) == bytes.count, lseek(input, 0, SEEK_SET) == 0 else {
            throw Problem(systemCall: "write")
        }
        let process = try start(program, input)
        let end = ContinuousClock.now + deadline
        var status: Int32 = 0
        while true {
            let ended = waitpid(process, &status, WNOHANG)
            if ended == process { break }
            guard ended == 0 || errno == EINTR else { throw Problem(systemCall: "waitpid") }
            guard ContinuousClock.now < end else {
                kill(-process, SIGKILL)
                while waitpid(process, &status, 0) < 0, errno == EINTR {}
                throw Problem(.deadlineExceeded, "\(program) took longer than \(deadline.text)")
            }
            usleep(20_000)
        }
        guard status == 0 else {
            let how = status & 0x7F == 0 ? "exit status \(status >> 8 & 0xFF)" : "signal \(status & 0x7F)"
            throw Problem(.unreachable, "\(program) did not take the mail: \(how)", hint: "see the host's mail log")
        }
    }

    private static func start(_ program: String, _ input: Int32) throws(Problem) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        cloister_close_from(&actions, 3)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // Signals as a shell would leave them, and a group of its own, to be ended as a whole.
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))
        var words = copies([program, "-t", "-i"])
        var environment = copies(["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8"])
        defer { for text in words + environment { free(text) } }
        var process: pid_t = -1
        var error = posix_spawn(&process, program, &actions, &attributes, &words, &environment)
        // Text file busy: somebody is replacing the program, or had it open for writing when a child of this process was
        // forked, which keeps it open until it is executed itself. Neither lasts.
        for _ in 0..<100 where error == ETXTBSY {
            usleep(10_000)
            error = posix_spawn(&process, program, &actions, &attributes, &words, &environment)
        }
        guard error == 0 else { throw Problem(systemCall: "starting \(program)", error: error) }
        return process
    }

    /// As execve(2) wants them, to be freed.
    private static func copies(_ words: [String]) -> [UnsafeMutablePointer<CChar>?] {
        words.map { (word: String) in strdup(word) } + [nil]
    }
}
