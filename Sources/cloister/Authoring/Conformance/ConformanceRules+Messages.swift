import Model
import Plugins

extension ConformanceRules {
    static let messages = [
        talk(7, section: 2, "an answer carries a whole number as its id exactly as it came", takesStrays: true) {
            (talk) throws(Breach) in
            for id in [1 << 53 - 1, 0, 4_294_967_296] as [Int64] {
                talk.start("ping", [:], id: .integer(id))
                let answer = talk.conversation.answer(to: .integer(id), within: talk.patience)
                _ = try talk.needResult(answer, to: "a ping with the id \(id)")
            }
        },
        talk(8, section: 2, "an answer carries a string as its id exactly as it came", takesStrays: true) {
            (talk) throws(Breach) in
            let longest = String(repeating: "i", count: 128)
            for id in ["a", "17", "quote\" back\\slash /", "\u{E9}\u{1F600} \u{2028}", longest] {
                talk.start("ping", [:], id: .string(id))
                let answer = talk.conversation.answer(to: .string(id), within: talk.patience)
                _ = try talk.needResult(answer, to: "a ping with the id \(JSONValue.string(id).compactText)")
            }
        },
        talk(9, section: 2, "members that a plugin does not know are passed over") { (talk) throws(Breach) in
            let line = """
                {"trace":{"a":[1,2,{}]},"jsonrpc":"2.0","id":91,"method":"ping","params":{"future":true,"id":5},"x":null}

                """
            _ = try talk.needResult(talk.send(Array(line.utf8), asking: 91), to: "a ping with unknown members")
        },
        talk(10, section: 2, "the order of members means nothing") { (talk) throws(Breach) in
            let line = "{\"params\":{},\"method\":\"ping\",\"id\":101,\"jsonrpc\":\"2.0\"}\n"
            let answer = talk.send(Array(line.utf8), asking: 101)
            _ = try talk.needResult(answer, to: "a ping with its members in another order")
        },
        talk(11, section: 2, "absent parameters and null mean the same as none") { (talk) throws(Breach) in
            let (absent, null) = (talk.call("ping", nil), talk.call("ping", .null))
            _ = try talk.needResult(absent, to: "a ping without params")
            _ = try talk.needResult(null, to: "a ping whose params are null")
        },
        talk(12, section: 5, "an unknown method is answered with the error -32601") { (talk) throws(Breach) in
            let error = try talk.needError(talk.call("conformance/unknown"), to: "an unknown method")
            guard error["code"] == -32601 else { throw .broken("the error is \(error.compactText.prefix(200))") }
        },
        talk(13, section: 5, "an unknown notification is passed over", takesStrays: true) { (talk) throws(Breach) in
            talk.notify("conformance/unknown", ["x": 1])
            try talk.expectLife(after: "an unknown notification")
        },
        overall(14, section: 2, "every message is well formed", \.malformed),
        overall(15, section: 2, "every request is answered once, and nothing else is", \.uncalledFor),
        talk(16, section: 2, "250 levels of nesting do no harm") { (talk) throws(Breach) in
            let depth = 248
            let line = "{\"jsonrpc\":\"2.0\",\"id\":161,\"method\":\"ping\",\"params\":{\"x\":"
                + String(repeating: "[", count: depth) + String(repeating: "]", count: depth) + "}}\n"
            _ = try talk.need(talk.send(Array(line.utf8), asking: 161), to: "a ping with \(depth + 2) levels")
            try talk.expectLife(after: "deep nesting")
        },
        talk(17, section: 2, "strings may be written with escapes") { (talk) throws(Breach) in
            let line = #"{"jsonrpc":"2.0","\u0069d":"\ud83d\ude00\u0041","method":"pi\u006eg","params":{"\u0000":"\/"}}"#
            let answer = talk.send(Array(line.utf8) + [0x0A], asking: .string("\u{1F600}A"))
            _ = try talk.needResult(answer, to: "a ping written with escapes")
        },
        ConformanceRule(
            number: 18, section: 3, statement: "a line that cannot be read does not end the plugin",
            check: .trial { (trial) throws(Breach) in
                let texts = ["garbage", "{\"jsonrpc\":", "[]", "\u{0}"]
                for line in texts.map({ Array($0.utf8) }) + [[0x22, 0xFF, 0xFE, 0x22]] {
                    // What it says to such a line is its own affair, so it is not held against it elsewhere.
                    var aside = ConformanceTrial(trial.target, trial.subject, patience: trial.patience)
                    try aside.talk { (talk) throws(Breach) in
                        talk.conversation.write(line + [0x0A], within: talk.patience)
                        let shown = PlainText.escaping(String(decoding: line, as: UTF8.self))
                        try talk.expectLife(after: "the line \(shown)")
                    }
                }
            }),
    ]

    static let greeting = [
        ConformanceRule(
            number: 19, section: 5,
            statement: "initialize is answered with name, version, and the names of tools and hooks",
            check: .trial { (trial) throws(Breach) in
                try trial.meet { (talk) throws(Breach) in
                    let result = try talk.needResult(talk.call("initialize", talk.greeting()), to: "initialize")
                    for member in ["name", "version"] where result[member]?.string == nil {
                        throw .broken("the result has no \(member) that is a string: \(result.compactText.prefix(200))")
                    }
                    for member in ["tools", "hooks"] {
                        let names = result[member]?.array
                        guard let names, names.allSatisfy({ $0.string != nil || $0["name"]?.string != nil }) else {
                            throw .broken("the result has no \(member) that is an array of names")
                        }
                    }
                }
            }),
        ConformanceRule(
            number: 20, section: 5, statement: "initialize names every tool and every handler of the manifest",
            check: .trial { (trial) throws(Breach) in
                guard let manifest = trial.subject.manifest else { throw .untested("there is no manifest") }
                try trial.meet { (talk) throws(Breach) in
                    let result = try talk.needResult(talk.call("initialize", talk.greeting()), to: "initialize")
                    func offered(_ member: String) -> Set<String> {
                        Set((result[member]?.array ?? []).compactMap { $0.string ?? $0["name"]?.string })
                    }
                    let (tools, hooks) = (offered("tools"), offered("hooks"))
                    let missing = manifest.tools.map(\.name).filter { !tools.contains($0) }
                        + manifest.hooks.map(\.handler).filter { !hooks.contains($0) }
                    guard missing.isEmpty else { throw .broken("not named: \(missing.joined(separator: ", "))") }
                }
            }),
        ConformanceRule(
            number: 21, section: 5, statement: "a protocol that the plugin does not speak is refused with -31989",
            check: .trial { (trial) throws(Breach) in
                try trial.meet { (talk) throws(Breach) in
                    let answer = talk.call("initialize", talk.greeting(protocol: "cloister/999"))
                    let error = try talk.needError(answer, to: "initialize with cloister/999")
                    guard error["code"] == -31989 else { throw .broken("the error is \(error.compactText.prefix(200))") }
                }
            }),
    ]
}
