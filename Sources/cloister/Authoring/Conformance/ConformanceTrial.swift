import Model
import Plugins
import Supervisor

/// What is known of a plugin before it is started: from its manifest and fixtures, or from the command line.
struct ConformanceSubject: Sendable {
    struct Sample: Sendable {
        let tool: String
        let input: JSONValue
        /// Whether the call is one that must succeed.
        let mustSucceed: Bool
    }

    var manifest: Manifest?
    var sample: Sample?
    var configuration: JSONValue = [:]
}

/// One rule's dealings with the plugin.
struct ConformanceTrial {
    let target: ConformanceTarget
    let subject: ConformanceSubject
    /// How long anything may take.
    let patience: Duration
    let lineLimit = 8 << 20
    /// What the rule does not judge itself is left to the rules that judge everything.
    private(set) var observations = Observations()
    private var lastID: Int64 = 0

    init(_ target: ConformanceTarget, _ subject: ConformanceSubject, patience: Duration) {
        self.target = target
        self.subject = subject
        self.patience = patience
    }

    /// Runs a conversation with a process that has been greeted; `takesStrays` when the rule judges itself what comes
    /// uncalled for.
    mutating func talk(
        takesStrays: Bool = false, _ body: (inout Talk) throws(Breach) -> Void
    ) throws(Breach) {
        try meet(takesStrays: takesStrays) { (talk) throws(Breach) in
            guard let answer = talk.call("initialize", talk.greeting()), answer["result"] != nil else {
                throw .untested("`initialize` is not answered")
            }
            try body(&talk)
        }
    }

    /// Runs a conversation with a process that has not been greeted.
    mutating func meet(
        takesStrays: Bool = false, _ body: (inout Talk) throws(Breach) -> Void
    ) throws(Breach) {
        let conversation: Conversation
        do throws(Problem) {
            conversation = try Conversation(target, lineLimit: lineLimit)
        } catch {
            throw .broken("not started: \(error)")
        }
        var talk = Talk(conversation, subject, patience, lineLimit)
        var breach: Breach?
        do throws(Breach) { try body(&talk) } catch { breach = error }
        talk.conversation.closeInput()
        _ = conversation.readToEnd(within: min(patience, .seconds(1)))
        if takesStrays, breach == nil, let stray = conversation.observations.firstStray {
            breach = .broken("it wrote \(stray)")
        }
        observations.add(takesStrays ? conversation.observations.withoutStrays : conversation.observations)
        conversation.end()
        if let breach { throw breach }
    }
}

/// A conversation with the words of the host.
struct Talk {
    let conversation: Conversation
    let subject: ConformanceSubject
    let patience: Duration
    let lineLimit: Int
    private var lastID: Int64 = 0

    init(_ conversation: Conversation, _ subject: ConformanceSubject, _ patience: Duration, _ lineLimit: Int) {
        self.conversation = conversation
        self.subject = subject
        self.patience = patience
        self.lineLimit = lineLimit
    }

    mutating func nextID() -> JSONValue {
        lastID += 1
        return .integer(lastID)
    }

    func greeting(protocol name: String = "cloister/1") -> JSONValue {
        [
            "protocol": .string(name), "host": ["name": "cloister", "version": .string(Cloister.version)],
            "plugin": [
                "id": .string(subject.manifest?.id.rawValue ?? "plugin"),
                "version": .string(subject.manifest?.version.description ?? "1.0.0"),
            ],
            "tenant": "conformance", "instance": "1", "configuration": subject.configuration, "grants": [],
            "limits": ["lineBytes": JSONValue(lineLimit), "inFlight": JSONValue(PoolPolicy.usualConcurrency), "deadlineMs": 30_000],
        ]
    }

    /// Sends a request and waits for its answer.
    mutating func call(_ method: String, _ parameters: JSONValue? = [:]) -> JSONValue? {
        conversation.answer(to: start(method, parameters), within: patience)
    }

    /// Sends a request.
    mutating func start(_ method: String, _ parameters: JSONValue? = [:]) -> JSONValue {
        let id = nextID()
        start(method, parameters, id: id)
        return id
    }

    func start(_ method: String, _ parameters: JSONValue?, id: JSONValue) {
        conversation.expect(id)
        var message: [String: JSONValue] = ["jsonrpc": "2.0", "id": id, "method": .string(method)]
        message["params"] = parameters
        conversation.send(.object(message), within: patience)
    }

    func notify(_ method: String, _ parameters: JSONValue) {
        conversation.send(["jsonrpc": "2.0", "method": .string(method), "params": parameters], within: patience)
    }

    /// Sends bytes that hold a request with this id, and waits for its answer.
    func send(_ bytes: [UInt8], asking id: JSONValue) -> JSONValue? {
        conversation.expect(id)
        conversation.write(bytes, within: patience)
        return conversation.answer(to: id, within: patience)
    }

    /// Breaks the rule unless a ping is answered.
    mutating func expectLife(after what: String) throws(Breach) {
        guard call("ping") != nil else { throw .broken("after \(what), ping is not answered: \(conversation.silence)") }
    }

    /// The answer, or a breach that says what there is instead.
    func need(_ answer: JSONValue?, to what: String) throws(Breach) -> JSONValue {
        guard let answer else { throw .broken("\(what) is not answered: \(conversation.silence)") }
        return answer
    }

    func needResult(_ answer: JSONValue?, to what: String) throws(Breach) -> JSONValue {
        let answer = try need(answer, to: what)
        guard let result = answer["result"] else {
            throw .broken("\(what) is answered with \(answer.compactText.prefix(200))")
        }
        return result
    }

    func needError(_ answer: JSONValue?, to what: String) throws(Breach) -> JSONValue {
        let answer = try need(answer, to: what)
        guard let error = answer["error"] else {
            throw .broken("\(what) is answered without an error: \(answer.compactText.prefix(200))")
        }
        return error
    }

    /// The parameters of a call that the plugin can work on.
    func sampleCall(deadline: Int = 30_000) throws(Breach) -> JSONValue {
        let tool = subject.sample?.tool ?? subject.manifest?.tools.first?.name
        guard let tool else { throw .untested("no tool is known; name one with --tool") }
        return ["name": .string(tool), "input": subject.sample?.input ?? [:], "deadlineMs": JSONValue(deadline)]
    }
}
