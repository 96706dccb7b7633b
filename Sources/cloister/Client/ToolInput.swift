import Glibc
import Model
import NIOCore

/// The input of a tool as a person gives it on the command line.
enum ToolInput {
    static let limit = ByteSize.mebibytes(8)

    /// Reads JSON from the text itself, from `@FILE` or from standard input for `-`; `invalidInput` where it is not JSON.
    static func read(_ text: String) throws(Problem) -> ByteBuffer {
        let bytes: [UInt8]
        let subject: String
        switch text {
        case "-": (bytes, subject) = (try contents(of: STDIN_FILENO, "standard input"), "standard input")
        case _ where text.hasPrefix("@"):
            let path = String(text.dropFirst())
            let descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw FileProblem.cannotRead(path) }
            defer { close(descriptor) }
            (bytes, subject) = (try contents(of: descriptor, path), path)
        default: (bytes, subject) = (Array(text.utf8), "--input")
        }
        // The bytes travel as they are; parsing only makes the mistake visible here, where it was made.
        _ = try JSONValue.parse(bytes, as: subject)
        return ByteBuffer(bytes: bytes)
    }

    private static func contents(of descriptor: Int32, _ name: String) throws(Problem) -> [UInt8] {
        try InputBytes.read(from: descriptor, name, limit: limit, hint: "pass large content with --document")
    }
}

enum FileProblem {
    /// For a file that the caller named, after the call that failed with errno.
    static func cannotRead(_ path: String) -> Problem {
        let code: Problem.Code = errno == ENOENT ? .notFound : errno == EACCES ? .permissionDenied : .invalidInput
        return Problem(code, "cannot read \(path)", cause: String(cString: strerror(errno)))
    }
}
