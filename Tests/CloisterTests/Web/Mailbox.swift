import Foundation
import HostTesting
import Model
import Testing

@testable import Tenancy
@testable import cloister

/// A stand-in for sendmail(8) that keeps what it is given.
struct Mailbox: Sendable {
    struct Mail {
        let recipient: String
        let subject: String
        let text: String

        /// The path of the link in it.
        var link: String? { text.firstMatch(of: /https:\/\/house\.example(\/\S+)/).map { String($0.1) } }
    }

    let folder: String

    var settings: NotificationSettings {
        var settings = NotificationSettings()
        settings.mail = (try? EmailAddress("cloister@host.example")).map { .init(program: folder + "/sendmail", sender: $0) }
        return settings
    }

    var signIn: SignInSettings {
        var settings = SignInSettings()
        settings.address = "https://house.example"
        return settings
    }

    static func with(_ body: @escaping @Sendable (Mailbox) async throws -> Void) async throws {
        try await TemporaryFolder.with { (folder) async throws in
            mkdir(folder + "/mails", 0o700)
            let script = "#!/bin/sh\ncat > \(folder)/part.$$ && mv \(folder)/part.$$ \(folder)/mails/$$\n"
            try FileCopy.write(script, to: folder + "/sendmail")
            guard chmod(folder + "/sendmail", 0o755) == 0 else { throw Problem(.internalFault, "chmod failed") }
            try await body(Mailbox(folder: folder))
        }
    }

    private var files: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: folder + "/mails").map { folder + "/mails/" + $0 } }
    }

    /// Once so many have come.
    func mails(atLeast count: Int) async throws -> [Mail] {
        while try files.count < count { try await Task.sleep(for: .milliseconds(20)) }
        return try mails()
    }

    func mails() throws -> [Mail] {
        try files.map { file in
            let text = String(decoding: try DaemonFixture.contents(file), as: UTF8.self)
            let parts = text.split(separator: "\n\n", maxSplits: 1).map(String.init)
            let recipient = try #require(parts[0].firstMatch(of: /(?m)^To: <([^>]+)>$/)).1
            let words = try #require(parts[0].firstMatch(of: /(?ms)^Subject: (.*?)^Date/)).1
            let subject = words.matches(of: /=\?utf-8\?B\?([^?]*)\?=/).map { Self.decoded(String($0.1)) }.joined()
            return Mail(recipient: String(recipient), subject: subject, text: Self.decoded(parts[1].filter { $0 != "\n" }))
        }
    }

    private static func decoded(_ text: String) -> String {
        String(decoding: Data(base64Encoded: text) ?? Data(), as: UTF8.self)
    }
}
