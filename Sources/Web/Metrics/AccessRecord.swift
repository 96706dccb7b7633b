import HTTPTypes
import HummingbirdCore
import Logging
import Model
import Tenancy

/// What the access log says of one request. Never a key, a body or a query.
struct AccessRecord: Sendable {
    let id: String
    let method: String
    let path: String
    let trace: TraceContext
    let began = ContinuousClock.now
    var route: Route?
    var principal: String?
    var tenant: TenantID?
    var status = 0
    /// How the caller stands with the rates that hold for it.
    var rates: [RateStanding] = []
    /// Why it was refused.
    var code: String?
    /// What lies beneath a fault of the daemon's own.
    private var fault: String?

    init(_ request: Request, _ trace: TraceContext) {
        self.trace = trace
        id = trace.span
        method = request.method.rawValue
        path = String((request.head.path ?? "").prefix { $0 != "?" }.prefix(200))
    }

    mutating func note(_ problem: Problem) {
        code = problem.code.rawValue
        if problem.code == .internalFault { fault = problem.description }
    }

    var duration: Duration { ContinuousClock.now - began }

    func write(to logger: Logger) {
        var metadata: Logger.Metadata = [
            "request": "\(id)", "trace": "\(trace.trace)", "method": "\(method)", "path": "\(path)",
            "status": .stringConvertible(status), "milliseconds": .stringConvertible(Int(duration.milliseconds)),
        ]
        if let route { metadata["operation"] = "\(route.operation)" }
        if let principal { metadata["caller"] = "\(principal)" }
        if let tenant { metadata["tenant"] = "\(tenant)" }
        if let code { metadata["outcome"] = "\(code)" }
        if let fault { metadata["cause"] = "\(fault)" }
        logger.log(level: fault == nil ? .info : .error, "http request", metadata: metadata)
    }
}
