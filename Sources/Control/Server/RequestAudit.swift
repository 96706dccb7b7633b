import Logging
import Model

/// The audit line of one request: who asked for what, and what came of it. Never inputs, outputs or documents.
struct RequestAudit {
    let method: String
    let caller: ControlCaller
    /// Nil where the request could not be read.
    var request: ControlRequest?

    init(method: String, caller: ControlCaller) {
        self.method = method
        self.caller = caller
    }

    func write(_ outcome: Result<ControlReply, Problem>, after duration: Duration, to logger: Logger) {
        var metadata = caller.metadata
        metadata["method"] = "\(method)"
        metadata["milliseconds"] = .stringConvertible(Int(duration.milliseconds))
        let subject = request?.subject
        if let tenant = subject?.tenant { metadata["tenant"] = "\(tenant)" }
        if let plugin = subject?.plugin { metadata["plugin"] = "\(plugin)" }
        if case .pluginCall(let call) = request { metadata["tool"] = "\(call.tool)" }
        switch outcome {
        case .success: metadata["outcome"] = "done"
        case .failure(let problem):
            metadata["outcome"] = "\(problem.code.rawValue)"
            metadata["reason"] = "\(problem.message)"
            // The client learns the cause too; the log is where an operator looks for what went wrong inside.
            if problem.code == .internalFault, let cause = problem.cause { metadata["cause"] = "\(cause)" }
        }
        logger.log(level: level(of: outcome), "control request", metadata: metadata)
    }

    private func level(of outcome: Result<ControlReply, Problem>) -> Logger.Level {
        if case .failure(let problem) = outcome, problem.code == .internalFault { return .error }
        // A large document comes in hundreds of parts; its beginning and end say enough.
        if case .documentAppend = request { return .debug }
        return .info
    }
}

extension ControlCaller {
    var metadata: Logger.Metadata {
        [
            "uid": .stringConvertible(Int(userID)), "user": "\(userName ?? "")",
            "pid": .stringConvertible(Int(processID)), "connection": .stringConvertible(Int(connection)),
        ]
    }
}
