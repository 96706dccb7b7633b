import Glibc
package import Model

extension Problem {
    /// What a failed call on a file means, with the errno in words as the cause.
    package init(file path: String, _ action: String, error: Int32 = errno) {
        let cause = String(cString: strerror(error))
        switch error {
        case ENOSPC, EDQUOT:
            self.init(
                .quotaExceeded, "\(action): \(path)", hint: "free space on the disk of the data folder", cause: cause)
        case EACCES, EPERM, EROFS:
            self.init(
                .permissionDenied, "\(action): \(path)", hint: "the daemon's user must own the data folder",
                cause: cause)
        case EMFILE, ENFILE:
            self.init(.retryLater, "\(action): \(path)", hint: "raise LimitNOFILE of the daemon", cause: cause)
        default: self.init(.internalFault, "\(action): \(path)", cause: cause)
        }
    }
}
