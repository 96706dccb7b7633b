import FoundationEssentials
import Glibc
package import Model

/// A mail as sendmail(8) takes it from its standard input: plain text, in ASCII on the wire.
///
/// Nothing that somebody wrote stands in a header as it is: names and subjects are encoded words (RFC 2047), addresses are
/// of a type that admits nothing else, and the text is in base64.
package struct MailMessage: Sendable, Hashable {
    package let sender: EmailAddress
    package let senderName: String
    package let recipient: EmailAddress
    package let subject: String
    package let text: String
    /// In milliseconds since 1970 (UTC).
    package let time: Int64
    /// Before the `@` of the message's own name.
    package let name: String

    package var bytes: [UInt8] {
        let lines = [
            "From: \(Self.encoded(senderName)) <\(sender)>", "To: <\(recipient)>", "Subject: \(Self.encoded(subject))",
            "Date: \(Self.date(time))", "Message-ID: <\(name)@\(sender.text.split(separator: "@").last ?? "localhost")>",
            // RFC 3834: nobody's answering machine shall answer.
            "Auto-Submitted: auto-generated", "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: base64", "",
        ]
        return Array((lines + Self.wrapped(Data(text.utf8).base64EncodedString()) + [""]).joined(separator: "\n").utf8)
    }

    /// Words of at most 75 characters, none of which ends within a character (RFC 2047 sections 2 and 5).
    static func encoded(_ text: String) -> String {
        var words: [String] = []
        var part: [UInt8] = []
        func close() {
            words.append("=?utf-8?B?\(Data(part).base64EncodedString())?=")
            part = []
        }
        for scalar in text.unicodeScalars {
            let bytes = Array(String(scalar).utf8)
            if part.count + bytes.count > 45 { close() }
            part += bytes
        }
        if !part.isEmpty || words.isEmpty { close() }
        return words.joined(separator: "\n ")
    }

    private static func wrapped(_ text: String) -> [String] {
        let bytes = Array(text.utf8)
        return stride(from: 0, to: bytes.count, by: 76).map { start in
            String(decoding: bytes[start..<min(start + 76, bytes.count)], as: UTF8.self)
        }
    }

    /// As RFC 5322 section 3.3 wants it, in UTC.
    static func date(_ milliseconds: Int64) -> String {
        var seconds = time_t(milliseconds / 1000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        func two(_ number: Int32) -> String { (number < 10 ? "0" : "") + String(number) }
        return "\(days[Int(parts.tm_wday)]), \(parts.tm_mday) \(months[Int(parts.tm_mon)]) \(parts.tm_year + 1900) "
            + "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) +0000"
    }
}

extension MailMessage {
    /// A notice or a message for a person, in the name of the tenant's product.
    init(_ letter: Letter, of tenant: TenantID, _ branding: Branding, from sender: EmailAddress) {
        let (title, reason) =
            switch letter.occasion {
            case .notice(let kind) where kind.scope == nil:
                (kind.title, "This is about your own account;\nsuch mails cannot be turned off.")
            case .notice(let kind):
                (kind.title, "You chose to be told of this by mail; your settings for\nnotifications change it.")
            case .message(let words): (words, "A workflow of your organisation\nwrote this.")
            }
        let help = branding.supportAddress.map { "\nHelp: \($0)\n" } ?? ""
        self.init(
            sender: sender, senderName: branding.productName, recipient: letter.recipient,
            subject: "\(branding.productName): \(title)",
            text: """
                \(letter.text)

                -- 
                \(branding.productName), \(tenant). \(reason)
                \(help)
                """, time: letter.created, name: "notice-\(letter.sequence)-\(letter.created).\(tenant)")
    }
}

/// Gives mails to the host. The composition root supplies it.
package protocol MailTransport: Sendable {
    /// Who sends; nil where no mail is configured, and then none is written.
    var sender: EmailAddress? { get }
    /// Returns when the host has taken the mail over.
    func send(_ message: MailMessage) async throws(Problem)
}
