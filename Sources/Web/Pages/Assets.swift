import Crypto
import Store

/// The files that all pages share, named after what is in them, so that a browser asks once.
enum Assets {
    struct Asset: Sendable {
        let path: String
        let text: String
        let type: String

        init(_ name: String, _ ending: String, _ text: String, type: String) {
            let digest = BlobDigest(Array(SHA256.hash(data: Array(text.utf8)))).hexadecimal.prefix(16)
            path = "/assets/\(name)-\(digest).\(ending)"
            self.text = text
            self.type = type
        }

        var file: String { String(path.dropFirst("/assets/".count)) }
    }

    static let shell = Asset("shell", "css", shellStyle, type: "text/css; charset=utf-8")
    static let session = Asset("session", "js", sessionScript, type: "text/javascript; charset=utf-8")
    static let all = [shell, session]
}
