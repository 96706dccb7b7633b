import Glibc
import HostTesting
import Model
import Testing

@testable import Tenancy
@testable import cloister

/// Mails given to real programs that stand in for sendmail(8).
@Suite(.serialized, .timeLimit(.minutes(2))) struct SendmailTests {
    private static func message() throws -> MailMessage {
        MailMessage(
            sender: try EmailAddress("cloister@host.example"), senderName: "Akten", recipient: try EmailAddress("ada@example.com"),
            subject: "größer", text: "über alles", time: 1_795_640_000_000, name: "notice-1")
    }

    private static func sendmail(_ script: String, in folder: String) throws -> Sendmail {
        let program = folder + "/sendmail"
        try FileCopy.write("#!/bin/sh\n\(script)\n", to: program)
        guard chmod(program, 0o755) == 0 else { throw Problem(.internalFault, "chmod failed") }
        return Sendmail(settings: .init(program: program, sender: try EmailAddress("cloister@host.example")))
    }

    @Test func `a mail is handed over on standard input, with words that are always the same`() async throws {
        try await TemporaryFolder.with { (folder) async throws in
            let script = #"printf '%s ' "$@" > \#(folder)/words; cat > \#(folder)/mail; env > \#(folder)/environment"#
            let message = try Self.message()
            try await Self.sendmail(script, in: folder).send(message)
            #expect(String(decoding: try DaemonFixture.contents(folder + "/words"), as: UTF8.self) == "-t -i ")
            #expect(try DaemonFixture.contents(folder + "/mail") == message.bytes)
            let environment = String(decoding: try DaemonFixture.contents(folder + "/environment"), as: UTF8.self)
            #expect(!environment.contains("HOME=") && environment.contains("PATH=/usr/sbin:"))
        }
    }

    @Test func `a program that fails, or is not there, is told of`() async throws {
        try await TemporaryFolder.with { (folder) async throws in
            let failing = await problem {
                try await Self.sendmail("cat > /dev/null; exit 75", in: folder).send(try Self.message())
            }
            #expect(failing?.code == .unreachable && failing?.message.contains("exit status 75") == true)
            let none = Sendmail(settings: .init(program: folder + "/nothing", sender: try EmailAddress("a@host.example")))
            let missing = await problem { try await none.send(try Self.message()) }
            #expect(missing != nil)
            #expect(Sendmail(settings: nil).sender == nil)
        }
    }

    @Test func `a program that is just being replaced is waited for`() async throws {
        try await TemporaryFolder.with { (folder) async throws in
            let sendmail = try Self.sendmail("cat > \(folder)/mail", in: folder)
            let writer = open(folder + "/sendmail", O_WRONLY | O_CLOEXEC)
            try #require(writer >= 0)
            async let sent: Void = sendmail.send(try Self.message())
            try await Task.sleep(for: .milliseconds(100))
            close(writer)
            try await sent
            #expect(try DaemonFixture.contents(folder + "/mail") == (try Self.message()).bytes)
        }
    }

    @Test func `a program that hangs is ended with all that it started`() async throws {
        try await TemporaryFolder.with { (folder) async throws in
            var hanging = try Self.sendmail("sleep 1000 & echo $! > \(folder)/child; wait", in: folder)
            hanging.deadline = .seconds(2)
            let late = await problem { [hanging] in try await hanging.send(try Self.message()) }
            #expect(late?.code == .deadlineExceeded)
            let text = String(decoding: try DaemonFixture.contents(folder + "/child"), as: UTF8.self)
            let process = try #require(pid_t(text.prefix { $0 != "\n" }))
            // Gone, or only not yet reaped.
            while let status = try? DaemonFixture.contents("/proc/\(process)/stat"), !String(decoding: status, as: UTF8.self).contains(") Z ") {
                try await Task.sleep(for: .milliseconds(10))
            }
        }
    }
}
