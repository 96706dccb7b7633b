package import Model

/// The one place where problems and JSON-RPC errors meet.
extension RemoteError {
    /// The codes of JSON-RPC 2.0 section 5.1.
    package enum StandardCode {
        package static let parseError = -32700
        package static let invalidRequest = -32600
        package static let methodNotFound = -32601
        package static let invalidParameters = -32602
        package static let internalError = -32603
    }

    /// How long `retry later` asks to wait where nothing better is known.
    package static let retryAfterMilliseconds: Int64 = 1000

    /// The error that tells the other side of a problem. Hint and cause go into `data`, a problem document (RFC 9457).
    package init(_ problem: Problem) {
        var document: [String: JSONValue] = [
            "type": .string("urn:cloister:problem:\(problem.code.rawValue)"),
            "title": .string(problem.code.title),
        ]
        if let cause = problem.cause { document["detail"] = .string(cause) }
        if let hint = problem.hint { document["hint"] = .string(hint) }
        if problem.code == .retryLater { document["retryAfterMs"] = .integer(Self.retryAfterMilliseconds) }
        self.init(code: problem.code.remoteCode, message: problem.message, data: .object(document))
    }

    /// The problem that the other side tells of. A code that this protocol does not know is the plugin's own failure.
    ///
    /// The texts are the other side's, made printable: do not take them for the daemon's own words.
    package var problem: Problem {
        let printable = { (name: String) in data?[name]?.string.map { PrintableText.text(of: $0) } }
        return Problem(
            Problem.Code(remoteCode: code), PrintableText.text(of: message),
            hint: printable("hint"), cause: printable("detail"))
    }

    /// The wait in milliseconds that comes with `retry later`.
    package var retryAfterMilliseconds: Int64? { data?["retryAfterMs"]?.integer }

    /// The answer to a request for a method that does not exist.
    package static func methodNotFound(_ method: String) -> RemoteError {
        var error = RemoteError(Problem(.unsupported, "unknown method: \(PrintableText.text(of: method))"))
        error.code = StandardCode.methodNotFound
        return error
    }
}

extension Problem.Code {
    /// The code on the wire; every case has its own.
    package var remoteCode: Int {
        switch self {
        case .permissionDenied: -31999
        case .quotaExceeded: -31998
        case .deadlineExceeded: -31997
        case .cancelled: -31996
        case .invalidConfiguration: -31995
        case .notFound: -31994
        case .conflict: -31993
        case .shuttingDown: -31992
        case .retryLater: -31991
        case .pluginFailed: -31990
        case .unsupported: -31989
        case .unreachable: -31988
        case .invalidInput: RemoteError.StandardCode.invalidParameters
        case .internalFault: RemoteError.StandardCode.internalError
        }
    }

    /// The case with that code. A method that the other side does not have is `unsupported`, anything unknown
    /// `pluginFailed`.
    package init(remoteCode: Int) {
        if remoteCode == RemoteError.StandardCode.methodNotFound {
            self = .unsupported
        } else {
            self = Self.allCases.first { $0.remoteCode == remoteCode } ?? .pluginFailed
        }
    }

    /// The words for the case, the same for every occurrence (RFC 9457 section 3.1.3).
    package var title: String {
        switch self {
        case .invalidInput: "invalid input"
        case .invalidConfiguration: "invalid configuration"
        case .notFound: "not found"
        case .conflict: "conflict"
        case .permissionDenied: "permission denied"
        case .quotaExceeded: "quota exceeded"
        case .deadlineExceeded: "deadline exceeded"
        case .cancelled: "cancelled"
        case .retryLater: "retry later"
        case .shuttingDown: "shutting down"
        case .unreachable: "unreachable"
        case .unsupported: "unsupported"
        case .pluginFailed: "plugin failed"
        case .internalFault: "internal fault"
        }
    }
}
