package import Model
import Glibc

extension Problem {
    /// A system call that failed, with its errno in words as the cause.
    package init(systemCall name: String, _ code: Code = .internalFault, error: Int32 = errno, hint: String? = nil) {
        self.init(code, "\(name) failed", hint: hint, cause: Self.text(ofError: error))
    }

    /// What strerror(3) says, with the number.
    package static func text(ofError error: Int32) -> String {
        "\(String(cString: strerror(error))) (errno \(error))"
    }
}
