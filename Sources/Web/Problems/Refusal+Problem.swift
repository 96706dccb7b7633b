import HTTPTypes
import Model

extension Problem.Code {
    /// The one place where problems of the house become statuses of HTTP.
    var status: HTTPResponse.Status {
        switch self {
        case .invalidInput, .invalidConfiguration, .unsupported: .unprocessableContent
        case .notFound: .notFound
        case .conflict: .conflict
        case .permissionDenied: .forbidden
        case .quotaExceeded: .tooManyRequests
        case .deadlineExceeded: .gatewayTimeout
        case .pluginFailed, .unreachable: .badGateway
        case .cancelled, .retryLater, .shuttingDown: .serviceUnavailable
        case .internalFault: .internalServerError
        }
    }
}

extension Refusal {
    /// What lies beneath an internal fault is for the log alone.
    init(_ problem: Problem) {
        guard problem.code != .internalFault else {
            self.init(
                .internalServerError, problem.code.rawValue, "the daemon failed",
                hint: "its log tells more about this request")
            return
        }
        let lines = problem.message.split(separator: "\n").map(String.init)
        let faults = problem.code == .invalidInput ? lines.compactMap { Self.fault($0, hint: lines.count == 1 ? problem.hint : nil) } : []
        self.init(problem.code.status, problem.code.rawValue, problem.message, hint: problem.hint, faults: faults)
        if let cause = problem.cause, problem.code != .internalFault { detail += ": \(cause)" }
        let wait = problem.wait ?? (status == .serviceUnavailable ? 1 : nil)
        if let wait { headers[.retryAfter] = String(max(1, wait)) }
    }

    /// Problems of what was read strictly begin with the place: `/quota/memory: missing`.
    private static func fault(_ line: String, hint: String?) -> Fault? {
        guard line.hasPrefix("/"), let colon = line.firstRange(of: ": ") else { return nil }
        let pointer = line[..<colon.lowerBound]
        return Fault(.pointer(pointer == "/" ? "" : String(pointer)), String(line[colon.upperBound...]), hint: hint)
    }
}
