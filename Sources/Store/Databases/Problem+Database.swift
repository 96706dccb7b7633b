import GRDB
import Model

extension Problem {
    /// What a failure of SQLite means. Problems that the work itself threw pass through.
    init(database error: any Error, _ action: String, path: String) {
        switch error {
        case let problem as Problem: self = problem
        case is CancellationError: self.init(.cancelled, "\(action): cancelled")
        case let error as DatabaseError: self.init(database: error, action, path: path)
        default: self.init(.internalFault, "\(action): \(path)", cause: String(describing: error))
        }
    }

    private init(database error: DatabaseError, _ action: String, path: String) {
        let cause = error.message ?? "SQLite error \(error.resultCode.rawValue)"
        switch error.resultCode {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: self = .damaged(action, path, cause)
        case .SQLITE_FULL:
            self.init(
                .quotaExceeded, "\(action): \(path)", hint: "free space on the disk of the data folder", cause: cause)
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            self.init(.retryLater, "\(action): \(path)", hint: "another program holds the database open", cause: cause)
        case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_READONLY:
            self.init(
                .permissionDenied, "\(action): \(path)",
                hint: "the daemon's user must own the data folder and all in it",
                cause: cause)
        case .SQLITE_INTERRUPT, .SQLITE_ABORT: self.init(.cancelled, "\(action): cancelled")
        default: self.init(.internalFault, "\(action): \(path)", cause: cause)
        }
    }

    static func damaged(_ action: String, _ path: String, _ cause: String) -> Problem {
        Problem(
            .internalFault, "\(action): the file is damaged: \(path)", hint: "restore it from a backup", cause: cause)
    }
}
