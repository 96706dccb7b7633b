import HTTPTypes
import HummingbirdCore
import Logging
import Model
import Tenancy

/// What the access log says of one request. Never a key, a body, a query or what a path opens something by.
struct AccessRecord: Sendable {
    let id: String
    let method: String
    private let path: String
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

    /// Whether the path has what opens something to whoever reads it. Where no route is known, as by another method or at a
    /// wrong host, one that looks like it is taken for it.
    var hasSecretPath: Bool { route?.hasSecretPath ?? (Self.publicPart(of: path) != nil) }

    /// The path as it may be read by whoever reads the log.
    var toldPath: String {
        guard hasSecretPath else { return path }
        return Self.publicPart(of: path) ?? route?.path.description ?? ""
    }

    /// Up to where links begin, and a mark; nil for a path in which nothing of the kind is.
    private static func publicPart(of path: String) -> String? {
        let segments = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard let place = segments.firstIndex(where: { Target.decode($0)?.lowercased() == Routes.linkPlace }) else { return nil }
        return (segments[...place].map { String(decoding: $0, as: UTF8.self) } + ["(removed)"]).joined(separator: "/")
    }

    var duration: Duration { ContinuousClock.now - began }

    func write(to logger: Logger) {
        let level: Logger.Level = fault == nil ? .info : .error
        guard level >= logger.logLevel else { return }
        var metadata: Logger.Metadata = [
            "request": "\(id)", "trace": "\(trace.trace)", "method": "\(method)", "path": "\(toldPath)",
            "status": .stringConvertible(status), "milliseconds": .stringConvertible(Int(duration.milliseconds)),
        ]
        if let route { metadata["operation"] = "\(route.operation)" }
        if let principal { metadata["caller"] = "\(principal)" }
        if let tenant { metadata["tenant"] = "\(tenant)" }
        if let code { metadata["outcome"] = "\(code)" }
        if let fault { metadata["cause"] = "\(fault)" }
        logger.log(level: level, "http request", metadata: metadata)
    }
}
