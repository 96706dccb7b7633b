import Model

/// Which passwords are taken: long ones, without rules about digits and signs (NIST SP 800-63B), and none that whoever
/// guesses would try first.
enum PasswordRules {
    static let shortest = 10
    /// Bytes of UTF-8: what is digested costs time.
    static let longest = 512
    static let fewestCharacters = 5

    static func check(_ password: String, of email: EmailAddress, at place: String = "password") throws(Problem) {
        let refuse = { (why: String) in Problem(.invalidInput, "/\(place): \(why)", hint: "take some words that nobody else would put together") }
        guard password.unicodeScalars.count >= shortest else { throw refuse("shorter than \(shortest) characters") }
        guard password.utf8.count <= longest else { throw refuse("longer than \(longest) bytes") }
        guard password.unicodeScalars.allSatisfy({ !$0.isControl }) else {
            throw refuse("control characters cannot be typed everywhere")
        }
        let lower = password.lowercased()
        guard Set(lower).count >= fewestCharacters, !isSequence(lower) else { throw refuse("too regular") }
        let letters = lower.filter(\.isLetter)
        guard !common.contains(lower), !common.contains(letters), !email.text.contains(lower),
            letters.isEmpty || letters != email.mailbox.filter(\.isLetter)
        else { throw refuse("among the first that are tried") }
    }

    /// Each character next to the one before, as in 0123456789, abcdefghijkl and back.
    private static func isSequence(_ text: String) -> Bool {
        let values = text.unicodeScalars.map { Int($0.value) }
        let steps = zip(values, values.dropFirst()).map { $1 - $0 }
        return steps.filter { abs($0) == 1 }.count >= steps.count - 1
    }

    /// Lower case; as they stand, or what is left of them without digits and signs.
    private static let common: Set<String> = [
        "password", "passwort", "passw", "motdepasse", "contrasena", "welcome", "willkommen", "letmein", "letmeinplease",
        "qwertyuiop", "qwertzuiop", "qwerty", "qwertz", "azerty", "azertyuiop", "asdfghjkl", "asdfghjklo", "zxcvbnm", "yxcvbnm",
        "qazwsxedc", "qwertyuiopasdfghjkl", "iloveyou", "administrator", "admin", "changeme", "changeit", "default", "secret",
        "supersecret", "topsecret", "football", "baseball", "basketball", "superman", "batman", "sunshine", "princess",
        "dragon", "monkey", "michael", "jennifer", "computer", "internet", "master", "shadow", "trustno", "starwars",
        "cloister", "cloisteradmin", "passwordpassword", "adminadmin", "testtest", "testpassword", "mypassword",
        "correcthorsebatterystaple", "correct horse battery staple", "abcdefghij", "1q2w3e4r5t", "1qaz2wsx3edc", "q1w2e3r4t5",
        "1234567890", "0987654321", "12345678910", "1122334455", "123123123123", "1234512345", "q1w2e3r4t5y6",
    ]
}
