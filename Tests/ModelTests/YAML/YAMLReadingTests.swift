import Testing

@testable import Model

struct YAMLReadingTests {
    private func load(_ text: String) throws(Problem) -> YAMLNode {
        try YAMLNode.load(text: text, named: "plugin.yaml")
    }

    /// The node at the end of a way of keys.
    private func load(_ text: String, at keys: String...) throws(Problem) -> YAMLNode {
        var node = try load(text)
        for key in keys {
            var mapping = try node.mapping
            node = try mapping.required(key)
        }
        return node
    }

    /// The message of the problem that `body` throws.
    private func message(_ body: () throws(Problem) -> Void) -> String {
        do throws(Problem) {
            try body()
            return "nothing thrown"
        } catch {
            #expect(error.code == .invalidConfiguration)
            return error.description
        }
    }

    @Test func `members are read by name and kind`() throws {
        var root = try load(
            """
            id: exif-metadata
            instances: {maximum: 2, spare: 0}
            limits:
              memory: 256MiB
              cpu: 1
              tmp: 4096
            deadline: 1.5s
            plain: no
            on: true
            command: [/usr/bin/python3, -I, "5"]
            nothing:
            """
        ).mapping
        #expect(try root.required("id").string() == "exif-metadata")
        var instances = try root.required("instances").mapping
        #expect(try instances.required("maximum").integer(in: 1...64) == 2)
        #expect(try instances.take("spare")?.integer() == 0)
        try instances.finish()
        var limits = try root.required("limits").mapping
        #expect(try limits.required("memory").byteSize() == .mebibytes(256))
        #expect(try limits.required("cpu").number() == 1)
        #expect(try limits.required("tmp").byteSize() == .kibibytes(4))
        try limits.finish()
        #expect(try root.required("deadline").duration() == .milliseconds(1500))
        #expect(try root.required("plain").string() == "no")
        #expect(try root.required("on").bool())
        #expect(try root.required("command").sequence.map { try $0.string() } == ["/usr/bin/python3", "-I", "5"])
        #expect(root.take("nothing") == nil)
        try root.finish()
    }

    @Test func `a wrong kind is named with file, line, column and path`() throws {
        let text = "id: a\ninstances:\n  spare: 1\n  maximum: two\ntools:\n  - name: x\n    input: 3\n"
        #expect(
            message { () throws(Problem) in
                var instances = try load(text, at: "instances").mapping
                _ = try instances.required("maximum").integer()
            } == #"plugin.yaml:4:12: instances.maximum: expected integer, found string "two""#)
        #expect(
            message { () throws(Problem) in
                var tool = try load(text, at: "tools").sequence[0].mapping
                _ = try tool.required("input").mapping
            } == "plugin.yaml:7:12: tools[0].input: expected a mapping, found integer 3")
    }

    @Test func `a missing member is named at the mapping that lacks it`() throws {
        #expect(
            message { () throws(Problem) in
                var instances = try load("a: 1\ninstances: {spare: 1}", at: "instances").mapping
                _ = try instances.required("maximum")
            } == "plugin.yaml:2:12: instances.maximum: missing")
    }

    @Test func `unknown keys are all reported at their own place with the nearest known key`() throws {
        var root = try load("instnaces: 1\nid: a\nzzz: 2\n").mapping
        _ = root.take("id")
        _ = root.take("instances")
        #expect(
            message { () throws(Problem) in try root.finish() } == """
                plugin.yaml:1:1: instnaces: unknown key (did you mean instances?)
                plugin.yaml:3:1: zzz: unknown key (known here: id, instances)
                """)
    }

    @Test(arguments: [
        ("yes", "expected boolean, found string \"yes\" (write true or false)"),
        ("1", "expected boolean, found integer 1"),
        ("\"true\"", "expected boolean, found string \"true\""),
        ("[]", "expected boolean, found a sequence"),
    ])
    func `what is not true or false is not a boolean`(text: String, expected: String) {
        #expect(
            message { () throws(Problem) in
                _ = try load("flag: \(text)", at: "flag").bool()
            } == "plugin.yaml:1:7: flag: \(expected)")
    }

    @Test(arguments: [
        ("1.0", "expected string, found number 1.0 (put it in quotes)"),
        ("true", "expected string, found boolean true (put it in quotes)"),
        ("0644", "expected string, found the ambiguous number 0644 (put it in quotes)"),
        ("{}", "expected string, found a mapping"),
    ])
    func `what YAML reads as another kind is not a string`(text: String, expected: String) {
        #expect(
            message { () throws(Problem) in
                _ = try load("name: \(text)", at: "name").string()
            } == "plugin.yaml:1:7: name: \(expected)")
    }

    @Test func `numbers outside their range, without a unit or not finite are refused`() throws {
        func read(_ text: String, _ body: (YAMLNode) throws(Problem) -> Void) -> String {
            message { () throws(Problem) in
                var root = try load("n: \(text)").mapping
                try body(root.required("n"))
            }
        }
        #expect(
            read("65") { (node) throws(Problem) in _ = try node.integer(in: 1...64) }
                == "plugin.yaml:1:4: n: 65 is out of range (allowed: 1 to 64)")
        #expect(
            read("99999999999999999999") { (node) throws(Problem) in _ = try node.integer() }
                == "plugin.yaml:1:4: n: expected integer, found number 1e+20")
        #expect(
            read(".inf") { (node) throws(Problem) in _ = try node.number() }
                == "plugin.yaml:1:4: n: expected a finite number, found number inf")
        #expect(
            read("2s") { (node) throws(Problem) in _ = try node.duration(in: .seconds(5) ... .seconds(60)) }
                == "plugin.yaml:1:4: n: 2s is out of range (allowed: 5s to 1m)")
        #expect(
            read("30") { (node) throws(Problem) in _ = try node.duration() }
                == "plugin.yaml:1:4: n: expected a time such as 250ms, 30s, 5m or 1h, found integer 30")
        #expect(
            read("-1") { (node) throws(Problem) in _ = try node.byteSize() }
                == "plugin.yaml:1:4: n: expected a size such as 64KiB, 256MiB or 1GiB, found integer -1")
        #expect(
            read("1KiB") { (node) throws(Problem) in _ = try node.byteSize(in: .mebibytes(1) ... .gibibytes(1)) }
                == "plugin.yaml:1:4: n: 1KiB is out of range (allowed: 1MiB to 1GiB)")
    }

    private enum Colour: String, CaseIterable { case red, green }

    @Test func `a word outside a closed list is refused with the list and the nearest`() throws {
        #expect(
            message { () throws(Problem) in
                let _: Colour = try load("c: grean", at: "c").choice()
            } == "plugin.yaml:1:4: c: expected one of red, green, found \"grean\" (did you mean green?)")
        #expect(try load("green").choice(of: Colour.self) == .green)
    }

    @Test func `a document becomes the JSON that its author means`() throws {
        let value = try load(
            """
            a: {b: [1, -2.5, 1e3, 0x1F, 0o17, "x", 'y', null, ~, true, False]}
            yes: no
            time: 12:30:45
            date: 2024-01-02
            block: |
              line & *star
              ? next
            <<: merge
            quoted: "007"
            under: 1_000
            long: 12345678901234567168
            """
        ).value
        #expect(
            value == [
                "a": ["b": [1, -2.5, 1000.0, 31, 15, "x", "y", nil, nil, true, false]],
                "yes": "no", "time": "12:30:45", "date": "2024-01-02", "block": "line & *star\n? next\n",
                "<<": "merge", "quoted": "007", "under": "1_000", "long": .number(12_345_678_901_234_567_168),
            ])
    }

    @Test func `a value of another type keeps its own message and gains the place`() throws {
        #expect(
            message { () throws(Problem) in
                let node = try load("id: Not_A_Label", at: "id")
                _ = try node.located { () throws(Problem) in try PluginID(node.string()) }
            }.hasPrefix("plugin.yaml:1:5: id: not a plugin identifier: \"Not_A_Label\" ("))
        #expect(
            message { () throws(Problem) in
                let node = try load("id: 5", at: "id")
                _ = try node.located { () throws(Problem) in try PluginID(node.string()) }
            } == "plugin.yaml:1:5: id: expected string, found integer 5 (put it in quotes)")
    }

    @Test func `a line is text without breaks`() throws {
        #expect(try load("\"a b\"").line(limit: 3) == "a b")
        #expect(message { () throws(Problem) in _ = try load("\"abcd\"").line(limit: 3) }.contains("longer than 3"))
        #expect(message { () throws(Problem) in _ = try load("\" \"").line(limit: 3) }.contains("empty"))
        #expect(message { () throws(Problem) in _ = try load("\"a\\nb\"").line(limit: 9) }.contains("line break"))
    }
}
