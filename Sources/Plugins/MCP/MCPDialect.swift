import Model
import NIOCore
import Supervisor
import Wire

/// MCP over stdio as one child speaks it: finds out the era, lists the tools, and puts the host's calls into its words.
///
/// Sources: the specification's revisions 2025-11-25 (basic/lifecycle, basic/utilities, server/tools) and 2026-07-28
/// (basic/transports/stdio, basic/versioning, server/discover, basic/patterns).
struct MCPDialect: ChildDialect {
    enum Phase: Sendable, Equatable {
        case discovering
        case initializing
        case listing(MCPEra)
        case open(MCPEra)
        case over
    }

    /// How long a server may be silent on `server/discover` before it is taken for an old one.
    static let patience = Duration.seconds(5)
    /// A changed list is fetched again after this long, however often it is said to have changed.
    static let refreshDelay = Duration.seconds(2)

    private(set) var phase = Phase.discovering
    /// The answers to `tools/list`, in order, as they came.
    private(set) var pages: [ByteBuffer] = []

    private let opening: MCPEra.Opening
    let vocabulary: MCPVocabulary
    private var tried: [String: Problem] = [:]
    private var listing = MCPListing()
    private var refresh = Refresh.none
    /// Numbers the questions, so that an answer which nobody waits for any more is known for what it is.
    private var number = 0
    /// The number of the `server/discover` that the old era followed because nothing came.
    private var unheard: Int?

    private enum Refresh { case none, waiting, asking, askingAgain }

    init(opening: MCPEra.Opening, hostVersion: String) {
        self.opening = opening
        vocabulary = MCPVocabulary(hostVersion: hostVersion)
    }

    var era: MCPEra? {
        switch phase {
        case .listing(let era), .open(let era): era
        case .discovering, .initializing, .over: nil
        }
    }

    var cancellation: Peer.Cancellation { Peer.Cancellation(method: "notifications/cancelled", member: "requestId") }
    var translates: Bool { true }
    /// Closing its input is the end that both eras know.
    var farewell: DialectMessage? { nil }

    var signOfLife: DialectMessage? {
        switch era {
        case .legacy: DialectMessage("ping")
        case .modern: vocabulary.discover
        case nil: nil
        }
    }

    mutating func open() -> [DialectStep] { opening == .legacy ? initialize() : discover() }

    mutating func handle(_ event: DialectEvent) -> [DialectStep] {
        switch event {
        case .answered(let number, let result) where number == self.number: answered(result)
        case .answered(let number, .success(let answer)) where number == unheard: discoveredLate(answer)
        case .answered: []
        case .silent(let number): number == self.number && phase == .discovering ? silent(number) : []
        case .waited: fetchAgain()
        case .notified(let method, let parameters): notified(method, parameters)
        }
    }

    private mutating func ask(_ message: DialectMessage, within: Duration? = nil) -> DialectStep {
        number += 1
        return .ask(number, message, within: within)
    }

    private mutating func discover() -> [DialectStep] {
        phase = .discovering
        return [ask(vocabulary.discover, within: Self.patience)]
    }

    private mutating func initialize() -> [DialectStep] {
        phase = .initializing
        return [ask(vocabulary.initialize)]
    }

    private mutating func answered(_ result: Result<ByteBuffer, Problem>) -> [DialectStep] {
        switch phase {
        case .discovering: discovered(result)
        case .initializing: initialized(result)
        case .listing, .open: listed(result)
        case .over: []
        }
    }

    /// Whatever else than a modern answer came, the server is one of before: no single error code says so.
    private mutating func discovered(_ result: Result<ByteBuffer, Problem>) -> [DialectStep] {
        let reason: Problem
        switch result {
        case .failure(let problem): reason = problem
        case .success(let answer):
            let versions = MCPVocabulary.supportedVersions(answer)
            if versions.contains(MCPEra.modernVersion) { return list(as: .modern, []) }
            reason = Problem(
                .unsupported, versions.isEmpty ? "it names no versions" : "it speaks \(versions.joined(separator: ", "))")
        }
        tried["server/discover"] = reason
        return tried["initialize"] == nil ? initialize() : giveUp()
    }

    private mutating func silent(_ number: Int) -> [DialectStep] {
        unheard = number
        return discovered(.failure(Problem(.deadlineExceeded, "no answer within \(Self.patience.text)")))
    }

    /// A server that took its time to come up answers both questions, in order. It goes by the first, and the official
    /// ones refuse an `initialize` after it.
    private mutating func discoveredLate(_ answer: ByteBuffer) -> [DialectStep] {
        guard phase == .initializing, MCPVocabulary.supportedVersions(answer).contains(MCPEra.modernVersion) else { return [] }
        return list(as: .modern, [])
    }

    private mutating func initialized(_ result: Result<ByteBuffer, Problem>) -> [DialectStep] {
        switch result {
        case .success(let answer):
            let version = MCPVocabulary.agreedVersion(answer)
            if let version, MCPEra.legacyVersions.contains(version) {
                return list(as: .legacy(version: version), [.tell(DialectMessage("notifications/initialized"))])
            }
            tried["initialize"] = Problem(.unsupported, version.map { "it speaks \($0)" } ?? "it names no version")
        case .failure(let problem): tried["initialize"] = problem
        }
        return tried["server/discover"] == nil ? discover() : giveUp()
    }

    private mutating func giveUp() -> [DialectStep] {
        phase = .over
        let reasons = tried.sorted { $0.key > $1.key }.map { "`\($0.key)`: \($0.value.message)" }.joined(separator: "; ")
        let versions = ([MCPEra.modernVersion] + MCPEra.legacyVersions).joined(separator: ", ")
        return [
            .failed(
                ExitReason(
                    .protocolViolation, "no revision of MCP in common: \(reasons); this host speaks \(versions)"))
        ]
    }

    private mutating func list(as era: MCPEra, _ steps: [DialectStep]) -> [DialectStep] {
        phase = .listing(era)
        listing = MCPListing()
        return steps + [ask(vocabulary.list(era, cursor: nil))]
    }

    private mutating func listed(_ result: Result<ByteBuffer, Problem>) -> [DialectStep] {
        guard let era else { return [] }
        let isRefresh = if case .open = phase { true } else { false }
        switch result {
        case .success(let page):
            switch listing.take(page) {
            case .more(let cursor): return [ask(vocabulary.list(era, cursor: cursor))]
            case .complete: break
            case .bad(let reason): return failedToList(reason, isRefresh)
            }
        // A server without tools need not know the method.
        case .failure(let problem) where problem.code == .unsupported: listing = MCPListing()
        case .failure(let problem): return failedToList(problem.description, isRefresh)
        }
        pages = listing.pages
        listing = MCPListing()
        guard isRefresh else {
            phase = .open(era)
            return [.note("speaks MCP \(era.version)", level: "info"), .opened] + subscribe(era)
        }
        return [.changed] + refreshed()
    }

    private mutating func failedToList(_ reason: String, _ isRefresh: Bool) -> [DialectStep] {
        listing = MCPListing()
        guard isRefresh else {
            phase = .over
            return [.failed(ExitReason(.protocolViolation, "`tools/list`: \(reason)"))]
        }
        let text = "the tools changed but could not be listed, the old ones stay: \(reason)"
        return [.note(text, level: "warning")] + refreshed()
    }

    /// In the modern era changes are told only to who asks. The answer comes when the subscription ends, if ever.
    private func subscribe(_ era: MCPEra) -> [DialectStep] {
        guard era == .modern else { return [] }
        return [.ask(0, vocabulary.subscribe, within: nil)]
    }

    private mutating func notified(_ method: String, _ parameters: ByteBuffer?) -> [DialectStep] {
        switch method {
        case "notifications/progress": MCPVocabulary.progress(parameters).map { [.progress($0)] } ?? []
        case "notifications/message": [.log(parameters)]
        case "notifications/tools/list_changed": toolsChanged()
        default: []
        }
    }

    private mutating func toolsChanged() -> [DialectStep] {
        guard case .open = phase else { return [] }
        switch refresh {
        case .none:
            refresh = .waiting
            return [.wait(0, Self.refreshDelay)]
        case .asking:
            refresh = .askingAgain
            return []
        case .waiting, .askingAgain: return []
        }
    }

    private mutating func fetchAgain() -> [DialectStep] {
        guard case .open(let era) = phase, refresh == .waiting else { return [] }
        refresh = .asking
        listing = MCPListing()
        return [ask(vocabulary.list(era, cursor: nil))]
    }

    private mutating func refreshed() -> [DialectStep] {
        let again = refresh == .askingAgain
        refresh = .none
        return again ? toolsChanged() : []
    }
}

extension MCPDialect {
    func request(_ call: DialectMessage, as id: MessageID) throws(Problem) -> DialectMessage {
        switch (call.method, era) {
        case ("tool/call", let era?): return try vocabulary.call(call.parameters, as: id, era)
        case ("ping", _?): return signOfLife ?? DialectMessage("ping")
        default:
            throw Problem(
                .unsupported, "an MCP server has no \(call.method)", hint: "it has tools; hooks need a cloister/1 plugin")
        }
    }

    func answer(to method: String, _ answer: ByteBuffer) throws(Problem) -> ByteBuffer {
        method == "tool/call" ? try MCPResult.output(of: answer) : answer
    }

    /// An old server may ask the host for its user, its files, its model: none of them is here.
    func inbound(_ method: String) -> DialectReply {
        if era == .modern { return .strike("a request in MCP \(MCPEra.modernVersion), where only the host asks") }
        return method == "ping" ? .result(ByteBuffer(string: "{}")) : .unknownMethod
    }

    func logRecord(_ parameters: ByteBuffer?) -> (level: String, text: String)? { MCPVocabulary.logRecord(parameters) }
}
