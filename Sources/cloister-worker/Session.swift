import CJQ
import Glibc

/// One conversation: a message after the other, until standard input ends.
struct Session {
    /// After so long a message is answered with what there is; the host asks again for the rest.
    private static let messageSeconds = 3
    private static let answerBytes = 3 << 20

    private let watch: Watch
    private var evaluator = Evaluator()
    private var reader = LineReader()
    private var evaluationTime = Duration.seconds(1)

    init(watch: Watch) { self.watch = watch }

    mutating func serve() {
        while let line = reader.next() {
            var message = jv()
            let fault = line.withUnsafeBytes { cjq_read($0.bindMemory(to: CChar.self).baseAddress, $0.count, &message) }
            guard fault == CJQ_OK else {
                Output.complain("what came in is no message")
                exit(1)
            }
            take(Message(borrowing: message))
            jv_free(message)
        }
    }

    private mutating func take(_ message: Message) {
        // Notifications ask for nothing that could still be given: one message is worked on at a time.
        guard let id = message["id"], let method = message["method"]?.string else { return }
        let parameters = message["params"]
        switch method {
        case "initialize":
            configure(parameters?["configuration"])
            reply(id, #"{"name":"cloister-worker","version":"1","hooks":[],"tools":[]}"#)
        case "evaluate":
            evaluate(id, parameters?["evaluations"]?.elements ?? [])
        case "check":
            check(id, parameters?["programs"]?.elements ?? [], parameters?["variables"]?.elements?.compactMap(\.string) ?? [])
        case "ping", "shutdown": reply(id, "{}")
        default: reply(id, #"{"code":-32601,"message":"method not found"}"#, as: "error")
        }
    }

    private mutating func configure(_ configuration: Message?) {
        if let time = configuration?["evaluationMs"]?.integer { evaluationTime = .milliseconds(time) }
        guard let memory = configuration?["memoryBytes"]?.integer else { return }
        var limit = rlimit(rlim_cur: rlim_t(memory), rlim_max: rlim_t(memory))
        guard setrlimit(__rlimit_resource_t(RLIMIT_DATA.rawValue), &limit) == 0 else {
            Output.complain("setrlimit: \(errno)")
            exit(1)
        }
    }

    private mutating func evaluate(_ id: Message, _ evaluations: [Message]) {
        answer(id, evaluations) { evaluator, evaluation, result in
            guard let request = EvaluationRequest(evaluation) else {
                return Fault(.evaluation, "not an evaluation").append(to: &result)
            }
            do throws(Fault) {
                try evaluator.evaluate(request, into: &result)
            } catch {
                result.clear()
                error.append(to: &result)
            }
        }
    }

    private mutating func check(_ id: Message, _ programs: [Message], _ variables: [String]) {
        answer(id, programs) { evaluator, program, result in
            if let fault = evaluator.check(program.string ?? "", variables: variables) {
                fault.append(to: &result)
            } else {
                result.append("{}")
            }
        }
    }

    /// Answers with one result for each item, or with fewer where they take long or fill a line.
    private mutating func answer(_ id: Message, _ items: [Message], _ work: (inout Evaluator, Message, inout cjq_text) -> Void) {
        let start = ContinuousClock.now
        let answer = watch.answer
        answer.pointee.clear()
        answer.pointee.append("{\"jsonrpc\":\"2.0\",\"id\":")
        id.append(to: &answer.pointee)
        answer.pointee.append(",\"result\":{\"results\":[")
        watch.begin()
        var result = cjq_text()
        for (index, item) in items.enumerated() {
            if index > 0 {
                let isLate = ContinuousClock.now - start > .seconds(Self.messageSeconds)
                guard !isLate, answer.pointee.count < Self.answerBytes else { break }
            }
            result.clear()
            watch.evaluate(within: evaluationTime) { work(&evaluator, item, &result) }
            if index > 0 { answer.pointee.append(",") }
            answer.pointee.append(result)
        }
        watch.finish()
        result.release()
        answer.pointee.append("]}}\n")
        Output.write(answer.pointee.bytes, answer.pointee.count)
        if answer.pointee.capacity > 1 << 20 { answer.pointee.release() }
    }

    private func reply(_ id: Message, _ result: String, as member: String = "result") {
        var text = cjq_text()
        text.append("{\"jsonrpc\":\"2.0\",\"id\":")
        id.append(to: &text)
        text.append(",\"\(member)\":\(result)}\n")
        Output.write(text.bytes, text.count)
        text.release()
    }
}
