extension Problem.Code {
    /// The exit status of a command that ends with this problem; the numbers follow sysexits(3), and timeout(1) for a deadline.
    package var exitStatus: Int32 {
        switch self {
        case .pluginFailed, .cancelled: 1
        case .invalidInput: 65
        case .notFound: 66
        case .unreachable, .unsupported: 69
        case .internalFault: 70
        case .conflict: 73
        case .retryLater, .quotaExceeded, .shuttingDown: 75
        case .permissionDenied: 77
        case .invalidConfiguration: 78
        case .deadlineExceeded: 124
        }
    }
}
