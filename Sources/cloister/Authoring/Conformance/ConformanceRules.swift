import Model

/// All rules, in the order of their numbers.
enum ConformanceRules {
    static let all: [ConformanceRule] = transport + messages + greeting + calls + ending

    /// Judged after all trials.
    static func overall(
        _ number: Int, section: Int, _ statement: String,
        _ find: @escaping @Sendable (Observations) -> [String]
    ) -> ConformanceRule {
        ConformanceRule(
            number: number, section: section, statement: statement,
            check: .overall { (observations) throws(Breach) in
                if let first = find(observations).first { throw .broken(first) }
            })
    }

    /// With a process of its own that has been greeted.
    static func talk(
        _ number: Int, section: Int, _ statement: String, takesStrays: Bool = false,
        _ body: @escaping @Sendable (inout Talk) throws(Breach) -> Void
    ) -> ConformanceRule {
        ConformanceRule(
            number: number, section: section, statement: statement,
            check: .trial { (trial) throws(Breach) in try trial.talk(takesStrays: takesStrays, body) })
    }

    static let transport = [
        overall(1, section: 1, "standard output carries messages and nothing else", \.noise),
        overall(2, section: 1, "every message ends with a line feed, and no line is too long", \.unfinished),
        talk(3, section: 1, "a carriage return is white space") { (talk) throws(Breach) in
            let line = "\r \t{ \"jsonrpc\" : \"2.0\",\r\"id\":77 ,\"method\":\"ping\", \"params\" : { } } \r\n"
            _ = try talk.needResult(talk.send(Array(line.utf8), asking: 77), to: "a ping with carriage returns between its tokens")
        },
        talk(4, section: 1, "a message may arrive in pieces") { (talk) throws(Breach) in
            let line = Array("{\"jsonrpc\":\"2.0\",\"id\":41,\"method\":\"ping\",\"params\":{}}\n".utf8)
            talk.conversation.expect(41)
            for piece in [line[..<1], line[1..<20], line[20..<(line.count - 1)], line[(line.count - 1)...]] {
                talk.conversation.write(Array(piece), within: talk.patience)
                // A moment in which the plugin may read what there is.
                _ = talk.conversation.answer(to: 41, within: .milliseconds(30))
            }
            let answer = talk.conversation.answer(to: 41, within: talk.patience)
            _ = try talk.needResult(answer, to: "a ping that comes in pieces")
        },
        talk(5, section: 1, "several messages may arrive at once") { (talk) throws(Breach) in
            var bytes: [UInt8] = []
            for id in 51...53 as ClosedRange<Int64> {
                talk.conversation.expect(.integer(id))
                bytes += Array("{\"jsonrpc\":\"2.0\",\"id\":\(id),\"method\":\"ping\",\"params\":{}}\n".utf8)
            }
            talk.conversation.write(bytes, within: talk.patience)
            for id in 51...53 as ClosedRange<Int64> {
                let answer = talk.conversation.answer(to: .integer(id), within: talk.patience)
                _ = try talk.needResult(answer, to: "the ping \(id) of three that come at once")
            }
        },
        talk(6, section: 1, "a line may have 8 MiB") { (talk) throws(Breach) in
            let head = Array("{\"jsonrpc\":\"2.0\",\"id\":61,\"method\":\"ping\",\"params\":{\"x\":\"".utf8)
            let tail = Array("\"}}\n".utf8)
            let filling = [UInt8](repeating: 0x78, count: talk.lineLimit - head.count - tail.count + 1)
            // Some languages read a pipe byte by byte.
            talk.conversation.expect(61)
            talk.conversation.write(head + filling + tail, within: talk.patience * 6)
            let answer = talk.conversation.answer(to: 61, within: talk.patience * 6)
            _ = try talk.needResult(answer, to: "a ping of 8 MiB")
        },
    ]
}
