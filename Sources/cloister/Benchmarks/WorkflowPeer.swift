import Model

/// Another engine that runs the same chains of steps: a program that is asked by its arguments and answers in JSON.
struct WorkflowPeer {
    let command: [String]
    /// Where it keeps its database.
    let folder: String

    func times(_ steps: Int, _ count: Int) throws(Problem) -> [Duration] {
        let reply = try ask(["times", String(steps), String(count)])
        guard let list = reply.array, list.count == count else { throw Self.broken(reply) }
        return list.map { .seconds($0.number ?? 0) }
    }

    func rate(_ steps: Int, _ clients: Int, _ seconds: Int) throws(Problem) -> Double {
        let reply = try ask(["rate", String(steps), String(clients), String(seconds)])
        guard let rate = reply.number else { throw Self.broken(reply) }
        return rate
    }

    private func ask(_ question: [String]) throws(Problem) -> JSONValue {
        try JSONValue.parse(try ProcessRun.output("/usr/bin/env", command + [folder] + question), as: "the peer's answer")
    }

    private static func broken(_ reply: JSONValue) -> Problem {
        Problem(.internalFault, "the peer answered something else: \(reply.compactText.prefix(200))")
    }
}
