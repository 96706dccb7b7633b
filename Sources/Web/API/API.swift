import HTTPTypes
import HummingbirdCore
import Logging
import Model
import NIOCore
import Synchronization
import Tenancy

/// Answers requests: finds the route, lets in or refuses, reads strictly, calls, and turns whatever comes of it into an
/// answer. What is served is what `routes` declares, and nothing else.
final class API: Sendable {
    let table: RouteTable
    let metrics: Metrics
    let port: any DaemonPort
    let authenticate: @Sendable (String) -> Principal?
    let people: People
    private let idempotency: Idempotency
    private let limiter: RateLimiter
    private let inbound: InboundLimits
    private let links: LinkLimits
    let limits: WebSettings.Limits
    private let logger: Logger
    private let streams: Streams
    private let lastRequester: Mutex<UInt64>

    init(
        _ routes: [Route], _ port: any DaemonPort, keys authenticate: @escaping @Sendable (String) -> Principal?,
        _ people: People, _ idempotency: Idempotency, _ settings: WebSettings, _ metrics: Metrics, _ logger: Logger
    ) {
        table = RouteTable(routes)
        self.port = port
        self.authenticate = authenticate
        self.people = people
        self.idempotency = idempotency
        limiter = RateLimiter(settings.rates) { port.rate(of: $0) }
        inbound = InboundLimits(settings.rates) { port.rate(of: $0) }
        links = LinkLimits(settings.rates) { port.rate(of: $0) }
        limits = settings.limits
        streams = Streams(heartbeat: settings.times.heartbeat)
        self.metrics = metrics
        self.logger = logger
        // Connections of the control socket count from the other end.
        lastRequester = Mutex(1 << 63)
    }

    /// Answers one request. Throws only where the connection can bear no answer any more.
    func respond(_ request: Request, _ writer: consuming ResponseWriter, _ channel: any Channel) async throws {
        let trace = TraceContext(continuing: Self.only(request, .traceParent))
        var record = AccessRecord(request, trace)
        if request.headers[.expect]?.lowercased() == "100-continue" {
            try await writer.writeInformationalHead(HTTPResponse(status: .continue))
        }
        var answer: Answer
        do {
            answer = try await self.answer(request, Origin(request.head, channel), &record)
        } catch let fault as SCIMFault {
            let refusal = fault.refusal
            record.code = refusal.code
            answer = await self.answer(refusal, to: request, record.id)
        } catch let refusal as Refusal {
            record.code = refusal.code
            answer = await self.answer(refusal, to: request, record.id)
        } catch {
            let problem = error is CancellationError
                ? Problem(.shuttingDown, "the daemon is stopping") : Problem(wrapping: error, doing: "the request failed")
            record.note(problem)
            answer = await self.answer(Refusal(problem), to: request, record.id)
        }
        answer.headers[.requestID] = record.id
        RateHeaders.add(record.rates, to: &answer.headers)
        answer.headers[.traceParent] = trace.header
        answer.headers[.xContentTypeOptions] = "nosniff"
        if answer.headers[.cacheControl] == nil { answer.headers[.cacheControl] = "no-store" }
        if record.hasSecretPath { answer.headers[.referrerPolicy] = "no-referrer" }
        var response = answer.response
        if request.method == .head { response = response.createHeadResponse() }
        record.status = response.status.code
        let log = record
        defer {
            metrics.count(log)
            log.write(to: logger)
        }
        try await writer.write(response: response.head, body: response.body)
    }

    private func answer(_ request: Request, _ origin: Origin, _ record: inout AccessRecord) async throws -> Answer {
        try HeaderRules.check(request.head)
        let residence = try residence(of: request.head.authority ?? "", origin)
        let target = try Target(request.head.path ?? "")
        let (route, path) = try find(request, target)
        record.route = route
        let (presented, session): (Principal?, OpenSession?)
        do { (presented, session) = try await admit(request, route) } catch let error as Refusal {
            await port.denied(
                Denial(request: record.id, principal: nil, operation: route.operation, tenant: nil, code: error.code))
            throw error
        }
        if route.access == .page, session == nil { return .toLogin }
        record.principal = presented?.description
        if let session, let presented {
            do {
                try route.access == .page ? BrowserRules.checkPage(request.head) : BrowserRules.check(request.head, session)
            } catch {
                await port.denied(
                    Denial(request: record.id, principal: presented, operation: route.operation, tenant: nil, code: error.code))
                throw error
            }
        }
        try checkRate(presented, &record)
        let parameters = try read(route, path, target, request.head)
        let subject = parameters[route.tenantParameter]?.string.flatMap(TenantID.init(rawValue:))
        record.tenant = subject ?? presented?.tenant
        let principal: Principal?
        do throws(Problem) {
            if let presented, presented.person == nil, let tenant = presented.tenant { try port.admit(tenant) }
            principal = try presented?.at(residence)
            if case .key(let access) = route.access { try principal?.check(access, on: subject) }
        } catch {
            await port.denied(
                Denial(
                    request: record.id, principal: presented, operation: route.operation, tenant: subject,
                    code: error.code.rawValue))
            throw error
        }

        let number = lastRequester.withLock { number in
            number += 1
            return number
        }
        let requester = Requester(principal ?? Principal("nobody", tenant: nil, scopes: []), number: number)
        let attempt = try HeaderRules.idempotencyKey(request.head).flatMap { key in
            // A person's own affairs are not replayed: what would be kept of the request could help to guess a password.
            route.method == .post && !route.isOwn ? principal.map { Idempotency.Attempt(principal: $0.description, key: key) } : nil
        }
        let noted = Mutex(false)
        // The tenant, too: at another tenant's host the same request of an operator is another one.
        let head = { @Sendable [head = request.head] in "\(head.method) \(head.path ?? "")\n\(principal?.tenant?.rawValue ?? "")\n" }
        var exchange = Exchange(
            id: record.id, port: port, requester: requester, request: request, parameters: parameters, streams: streams,
            metrics: metrics, limits: limits, inbound: inbound, links: links, origin: origin, residence: residence,
            people: people, session: session,
            visitor: Visitor(address: ClientAddress.of(request.head, origin), agent: request.headers[values: .userAgent].first ?? ""),
            once: { [idempotency] fingerprint in
                guard let attempt else { return }
                switch try await idempotency.begin(attempt, fingerprint: Self.digest(head() + fingerprint)) {
                case .go: noted.withLock { $0 = true }
                case .replay(let answer): throw Replay(answer: answer)
                case .refuse(let refusal): throw refusal
                }
            })
        let outcome: Result<Answer, any Error>
        do {
            let fingerprint = try await readBody(of: route, into: &exchange)
            if route.access == .page, route.method == .post { try await PageForm.checkOwn(exchange, route.operation) }
            if let fingerprint { try await exchange.once(fingerprint) }
            outcome = .success(try await handle(exchange, by: route))
        } catch let replay as Replay {
            outcome = .success(replay.answer)
        } catch {
            outcome = .failure(error)
        }
        if case .bytes = route.body { await port.release(requester) }
        if let attempt, noted.withLock({ $0 }) { try await settle(attempt, outcome, route, record.id) }
        return try outcome.get()
    }

    /// A page for people, a problem's document for programs.
    private func answer(_ refusal: Refusal, to request: Request, _ id: String) async -> Answer {
        if SCIM.isMeant(request.head.path ?? "") { return SCIM.answer(refusal) }
        guard ErrorPage.isWanted(request.head) else { return Answer(refusal, request: id) }
        // A host whose branding cannot be read gets the house's own look.
        return ErrorPage.answer(refusal, request: id, (try? await port.look(at: request.head.authority ?? "")) ?? Look())
    }

    /// Whom the request is for.
    private func residence(of host: String, _ origin: Origin) throws(Refusal) -> Residence {
        let residence = port.residence(of: host, isFromHere: origin.isHere)
        if residence == .unknown {
            throw Refusal(.misdirectedRequest, "misdirectedRequest", "nobody is served under this host")
        }
        if case .tenant = residence, origin.isEncrypted { port.noteServed(host) }
        return residence
    }

    /// Whether the caller has requests left. What it is not allowed to do costs it one, too.
    private func checkRate(_ principal: Principal?, _ record: inout AccessRecord) throws(Refusal) {
        guard let principal else { return }
        let (isAdmitted, rates) = limiter.take(principal, now: NIODeadline.now().uptimeNanoseconds)
        record.rates = rates
        if !isAdmitted { throw RateHeaders.refusal(rates) }
    }

    /// Ends the answers that only their clients would end.
    func endStreams() { streams.end() }

    private struct Replay: Error {
        let answer: Answer
    }

    /// Keeps what came of an attempt. Where the daemon did nothing, the next attempt is a first one.
    private func settle(
        _ attempt: Idempotency.Attempt, _ outcome: Result<Answer, any Error>, _ route: Route, _ id: String
    ) async throws {
        switch outcome {
        case .success(let answer): try await idempotency.end(attempt, answer, isConfidential: route.isConfidential)
        case .failure(let error):
            let refusal = error as? Refusal ?? (error as? SCIMFault)?.refusal ?? Refusal(Problem(wrapping: error, doing: "the request failed"))
            guard refusal.status != .serviceUnavailable, !(error is CancellationError) else {
                return try await idempotency.forget(attempt)
            }
            try await idempotency.end(attempt, Answer(refusal, request: id), isConfidential: false)
        }
    }

    private func find(_ request: Request, _ target: Target) throws(Refusal) -> (Route, [String: String]) {
        switch table.find(request.method, target.segments) {
        case .route(let route, let parameters): return (route, parameters)
        case .otherMethods(let methods):
            var headers = HTTPFields()
            headers[.allow] = methods.map(\.rawValue).joined(separator: ", ")
            throw Refusal(
                .methodNotAllowed, "methodNotAllowed", "\(request.method) is not possible here",
                hint: "possible are \(methods.map(\.rawValue).joined(separator: ", "))", headers: headers)
        case .unknown:
            if SCIM.isUnserved(target.path) { throw Refusal(.notImplemented, "unsupported", "this part of SCIM is not served") }
            throw Refusal(.notFound, "notFound", "nothing is at this path", hint: "GET /api/openapi.json lists what there is")
        }
    }

    private static func only(_ request: Request, _ name: HTTPField.Name) -> String? {
        let values = request.headers[values: name]
        return values.count == 1 ? values[0] : nil
    }
}
