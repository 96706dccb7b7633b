import Model
import Plugins

extension ConformanceRules {
    static let calls = [
        talk(22, section: 5, "tool/call is answered with an output that satisfies its schema, or with an error") {
            (talk) throws(Breach) in
            let parameters = try talk.sampleCall()
            let answer = try talk.need(talk.call("tool/call", parameters), to: "tool/call")
            guard let result = answer["result"] else {
                if talk.subject.sample?.mustSucceed == true {
                    throw .broken("a call that must succeed is answered with \(answer.compactText.prefix(200))")
                }
                return
            }
            guard let output = result["output"] else {
                throw .broken("the result has no output: \(result.compactText.prefix(200))")
            }
            let tool = talk.subject.manifest?.tools.first { $0.name == parameters["name"]?.string }
            do throws(Problem) { try tool?.output.check(output, as: "the output", code: .pluginFailed) } catch {
                throw .broken("\(error)")
            }
        },
        talk(23, section: 5, "a tool that does not exist is answered with an error") { (talk) throws(Breach) in
            let parameters: JSONValue = ["name": "conformance-unknown", "input": [:], "deadlineMs": 30_000]
            _ = try talk.needError(talk.call("tool/call", parameters), to: "a call of an unknown tool")
        },
        talk(24, section: 9, "invalid parameters are answered with an error") { (talk) throws(Breach) in
            for parameters in [[:], ["name": 7, "input": [:]], [1, 2]] as [JSONValue] {
                let answer = talk.call("tool/call", parameters)
                _ = try talk.needError(answer, to: "tool/call with the parameters \(parameters.compactText)")
            }
        },
        talk(25, section: 2, "calls that are sent together are all answered") { (talk) throws(Breach) in
            let parameters = try talk.sampleCall()
            var ids: [JSONValue] = []
            for _ in 0..<8 { ids.append(talk.start("tool/call", parameters)) }
            for id in ids {
                let answer = talk.conversation.answer(to: id, within: talk.patience)
                _ = try talk.need(answer, to: "call \(id.compactText) of eight at once")
            }
        },
        talk(26, section: 5, "ping is answered, also behind a call") { (talk) throws(Breach) in
            let parameters = try talk.sampleCall()
            let call = talk.start("tool/call", parameters)
            try talk.expectLife(after: "a call that is in flight")
            _ = try talk.need(talk.conversation.answer(to: call, within: talk.patience), to: "the call before the ping")
        },
        talk(27, section: 5, "a call that is cancelled leaves the plugin alive") { (talk) throws(Breach) in
            let parameters = try talk.sampleCall()
            let call = talk.start("tool/call", parameters)
            talk.notify("cancel", ["id": call])
            try talk.expectLife(after: "a cancellation")
        },
        talk(28, section: 5, "a cancellation that comes late, or names nothing, is passed over", takesStrays: true) {
            (talk) throws(Breach) in
            let parameters = try talk.sampleCall()
            let call = talk.start("tool/call", parameters)
            _ = try talk.need(talk.conversation.answer(to: call, within: talk.patience), to: "tool/call")
            for id in [call, 987_654, "nothing"] { talk.notify("cancel", ["id": id]) }
            try talk.expectLife(after: "a late cancellation")
        },
        talk(29, section: 7, "a deadline that passes leaves the plugin alive") { (talk) throws(Breach) in
            let parameters = try talk.sampleCall(deadline: 1)
            let call = talk.start("tool/call", parameters)
            talk.notify("cancel", ["id": call])
            try talk.expectLife(after: "a call with a deadline of a millisecond")
        },
        talk(30, section: 1, "an input of 1 MiB is answered") { (talk) throws(Breach) in
            guard var parameters = try talk.sampleCall().object else { return }
            var input = parameters["input"]?.object ?? [:]
            input["conformance"] = .string(String(repeating: "1 MiB ", count: 174_763))
            parameters["input"] = .object(input)
            talk.conversation.expect(301)
            talk.start("tool/call", .object(parameters), id: 301)
            let answer = talk.conversation.answer(to: 301, within: talk.patience * 2)
            _ = try talk.need(answer, to: "a call with an input of 1 MiB")
            try talk.expectLife(after: "an input of 1 MiB")
        },
        talk(31, section: 5, "a hook's handler that does not exist is answered with an error") { (talk) throws(Breach) in
            for kind in ["filter", "action"] {
                let parameters: JSONValue = [
                    "hook": "conformance.event", "handler": "conformance-unknown", "id": "r1", "value": [:],
                    "context": [:], "deadlineMs": 2000,
                ]
                _ = try talk.needError(talk.call("hook/\(kind)", parameters), to: "hook/\(kind) of an unknown handler")
            }
        },
        overall(32, section: 7, "progress names a call in flight, with numbers and words", \.badProgress),
        overall(33, section: 6, "a log record has a level of the list and a message", \.badLogs),
        overall(34, section: 6, "requests to the host have ids of their own", \.badRequests),
    ]

    static let ending = [
        talk(35, section: 4, "shutdown is answered behind the calls in flight") { (talk) throws(Breach) in
            let parameters = try talk.sampleCall()
            var calls: [JSONValue] = []
            for _ in 0..<3 { calls.append(talk.start("tool/call", parameters)) }
            let shutdown = talk.start("shutdown")
            let answer = talk.conversation.answer(to: shutdown, within: talk.patience)
            _ = try talk.needResult(answer, to: "shutdown")
            // What came behind the answer may have been read together with it.
            let before = talk.conversation.order.prefix { $0 != shutdown }
            let late = calls.filter { !before.contains($0) }
            guard late.isEmpty else { throw .broken("\(late.count) of 3 calls were not answered before it") }
        },
        talk(36, section: 4, "after shutdown the plugin ends when its input does") { (talk) throws(Breach) in
            _ = try talk.needResult(talk.call("shutdown"), to: "shutdown")
            talk.conversation.closeInput()
            guard talk.conversation.exits(within: talk.patience) else { throw .broken("it still runs") }
        },
        talk(37, section: 4, "the plugin ends when its input does, also without shutdown") { (talk) throws(Breach) in
            talk.conversation.closeInput()
            guard talk.conversation.exits(within: talk.patience) else { throw .broken("it still runs") }
        },
        talk(38, section: 4, "the plugin ends when its input does, also during a call") { (talk) throws(Breach) in
            let parameters = try talk.sampleCall()
            _ = talk.start("tool/call", parameters)
            talk.conversation.closeInput()
            guard talk.conversation.exits(within: talk.patience) else { throw .broken("it still runs") }
        },
    ]
}
