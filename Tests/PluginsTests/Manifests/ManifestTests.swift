import Model
import Testing

@testable import Plugins

struct ManifestTests {
    private func read(_ text: String) throws(Problem) -> Manifest {
        try Manifest(try YAMLNode.load(text: text, named: "plugin.yaml"))
    }

    private func problem(_ text: String) -> String {
        do throws(Problem) {
            _ = try read(text)
            return "accepted"
        } catch {
            #expect(error.code == .invalidConfiguration)
            return error.description
        }
    }

    static let least = """
        id: checksum
        name: Checksum
        version: 1.0.0
        description: SHA-256 of a document
        category: processing
        protocol: cloister/1
        command: [checksum]

        """

    @Test func `a manifest with all there is`() throws {
        let manifest = try read(
            """
            id: exif-metadata
            name: EXIF metadata
            version: 1.2.3-rc.1
            author: Someone <someone@example.org>
            description: Reads the metadata of a photograph
            category: integration
            protocol: cloister/1
            command: [/usr/bin/python3, -I, "5", exif_metadata.py, ""]
            profile: python
            instances: {maximum: 2, spare: 1, idle-stop: 10m}
            limits: {memory: 256MiB, processes: 32, cpu: 0.5, files: 256, file-size: 128MiB, tmp: 64MiB}
            deadlines: {start: 20s, call: 1m, stop: 500ms}
            configuration:
              type: object
              properties:
                token: {type: string, secret: true}
                depth: {type: integer, default: 3}
            tools:
              - name: extract
                description: |
                  Reads it.
                  All of it.
                input:
                  type: object
                  properties: {document: {type: string, format: document}}
                  required: [document]
                output: {type: object, required: [metadata]}
              - name: ping
            """)
        #expect(manifest.id.rawValue == "exif-metadata")
        #expect(manifest.version == Version(1, 2, 3, prerelease: [.word("rc"), .number(1)]))
        #expect((manifest.name, manifest.author) == ("EXIF metadata", "Someone <someone@example.org>"))
        #expect((manifest.summary, manifest.category) == ("Reads the metadata of a photograph", .integration))
        #expect(manifest.command == ["/usr/bin/python3", "-I", "5", "exif_metadata.py", ""])
        #expect(manifest.commandPlace.description == "plugin.yaml:8:11")
        #expect(manifest.profile == "python")
        #expect(manifest.instances == Manifest.Instances(maximum: 2, spare: 1, idleStop: .seconds(600)))
        #expect(
            manifest.limits
                == Manifest.Limits(
                    memory: .mebibytes(256), processes: 32, cpu: 0.5, files: 256, fileSize: .mebibytes(128),
                    temporary: .mebibytes(64)))
        #expect(
            manifest.deadlines == Manifest.Deadlines(start: .seconds(20), call: .seconds(60), stop: .milliseconds(500)))
        #expect(manifest.tools.map(\.name) == ["extract", "ping"])
        #expect(manifest.tools[0].summary == "Reads it.\nAll of it.\n")
        #expect(manifest.tools[0].input.documentProperties == ["document"])
        #expect(manifest.tools[0].output.violations(in: [:]).map(\.description) == ["/metadata: missing"])
        #expect(manifest.tools[1].output.acceptsEverything)
        #expect(manifest.tools[1].input.violations(in: ["x": 1]).count == 1)
        #expect(manifest.configurationSchema?.hasSecrets == true)
    }

    @Test func `what is left out has its usual value`() throws {
        let manifest = try read(Self.least)
        #expect(manifest.profile == "default" && manifest.author == nil && manifest.dialect == .cloister)
        #expect(manifest.instances == Manifest.Instances(maximum: 1, spare: 0, idleStop: .seconds(300)))
        #expect(manifest.limits == Manifest.Limits())
        #expect(manifest.deadlines == Manifest.Deadlines(start: .seconds(10), call: .seconds(30), stop: .seconds(5)))
        #expect(manifest.configurationSchema == nil && manifest.tools.isEmpty)
    }

    static let mistakes: [(String, String)] = [
        ("instances: {maximum: two}", #"plugin.yaml:8:22: instances.maximum: expected integer, found string "two""#),
        ("instances: {maximum: 0}", "plugin.yaml:8:22: instances.maximum: 0 is out of range (allowed: 1 to 64)"),
        ("instances: {maximum: 2, spare: 3}", "plugin.yaml:8:32: instances.spare: 3 is out of range (allowed: 0 to 2)"),
        (
            "instances: {idle-stop: 300}",
            "plugin.yaml:8:24: instances.idle-stop: expected a time such as 250ms, 30s, 5m or 1h, found integer 300"
        ),
        ("instances: 3", "plugin.yaml:8:12: instances: expected a mapping, found integer 3"),
        ("instances: {max: 3}", "plugin.yaml:8:13: instances.max: unknown key (did you mean maximum?)"),
        (
            "limits: {memory: 256MB}",
            #"plugin.yaml:8:18: limits.memory: expected a size such as 64KiB, 256MiB or 1GiB, found string "256MB""#
        ),
        ("limits: {memory: 1KiB}", "plugin.yaml:8:18: limits.memory: 1KiB is out of range (allowed: 4MiB to 1TiB)"),
        ("limits: {processes: 1}", "plugin.yaml:8:21: limits.processes: 1 is out of range (allowed: 2 to 32768)"),
        ("limits: {cpu: .inf}", "plugin.yaml:8:15: limits.cpu: expected a finite number, found number inf"),
        ("limits: {files: 3}", "plugin.yaml:8:17: limits.files: 3 is out of range (allowed: 16 to 1048576)"),
        ("deadlines: {call: 0s}", "plugin.yaml:8:19: deadlines.call: 0s is out of range (allowed: 10ms to 24h)"),
        ("deadlines: {start: 1h}", "plugin.yaml:8:20: deadlines.start: 1h is out of range (allowed: 100ms to 10m)"),
        (
            "profile: ../default",
            #"plugin.yaml:8:10: profile: not the name of a profile: "../default" (for example python)"#
        ),
        ("author: ''", "plugin.yaml:8:9: author: empty"),
        (
            "permission: []",
            "plugin.yaml:8:1: permission: unknown key (did you mean permissions?)"
        ),
        (
            "configuration: {type: string}",
            "plugin.yaml:8:16: configuration: must describe an object (add type: object)"
        ),
        (
            "configuration:\n  type: object\n  properties: {a: {tpye: string}}",
            "plugin.yaml:10:20: configuration.properties.a.tpye: unknown keyword (did you mean type?)"
        ),
        (
            "configuration:\n  type: object\n  properties: {a: {type: integer, default: x}}",
            "plugin.yaml:10:35: configuration.properties.a.default: breaks its own schema: expected integer, found string"
        ),
        ("tools: {}", "plugin.yaml:8:8: tools: expected a sequence, found a mapping"),
        ("tools: [x]", #"plugin.yaml:8:9: tools[0]: expected a mapping, found string "x""#),
        ("tools: [{}]", "plugin.yaml:8:9: tools[0].name: missing"),
        (
            "tools: [{name: a b}]",
            #"plugin.yaml:8:16: tools[0].name: not the name of a tool: "a b" (1 to 64 letters, digits, hyphens, underscores and dots)"#
        ),
        ("tools: [{name: a}, {name: a}]", "plugin.yaml:8:20: tools[1]: a second tool with the name a"),
        (
            "tools: [{name: a, input: {}}]",
            "plugin.yaml:8:26: tools[0].input: must describe an object (add type: object)"
        ),
        (
            "tools:\n  - name: a\n    input: {type: object, properties: {x: {$ref: '#/$defs/y'}}}",
            "plugin.yaml:10:44: tools[0].input.properties.x.$ref: nothing stands at /$defs/y"
        ),
        (
            "tools:\n  - name: a\n    output: {pattern: '('}",
            "plugin.yaml:10:14: tools[0].output.pattern: not a usable pattern: a group that is not closed at character 1"
        ),
        (
            "tools: [{name: a, handler: b}]",
            "plugin.yaml:8:19: tools[0].handler: unknown key (known here: description, input, name, output)"
        ),
        (
            "tools: [{name: a, description: \"\\u0007\"}]",
            "plugin.yaml:8:32: tools[0].description: a control character in it"
        ),
    ]

    @Test(arguments: mistakes) func `a mistake is named with its place and a way out`(line: String, expected: String) {
        #expect(problem(Self.least + line + "\n") == expected)
    }

    static let changes: [(String, String, String)] = [
        (
            "id: checksum", "id: Check_Sum",
            #"plugin.yaml:1:5: id: not a plugin identifier: "Check_Sum" (1 to 63 lower-case letters, digits and inner hyphens, for example exif-metadata)"#
        ),
        ("id: checksum\n", "", "plugin.yaml:1:1: id: missing"),
        (
            "version: 1.0.0", "version: 1.0",
            "plugin.yaml:3:10: version: expected string, found number 1.0 (put it in quotes)"
        ),
        (
            "version: 1.0.0", "version: v1.0.0",
            #"plugin.yaml:3:10: version: not a version: "v1.0.0" (three numbers, for example 1.4.2 or 2.0.0-beta.1)"#
        ),
        (
            "category: processing", "category: procesing",
            #"plugin.yaml:5:11: category: expected one of processing, integration, analytics, security, workflow, found "procesing" (did you mean processing?)"#
        ),
        (
            "protocol: cloister/1", "protocol: cloister/2",
            #"plugin.yaml:6:11: protocol: expected one of cloister/1, mcp, found "cloister/2" (did you mean cloister/1?)"#
        ),
        (
            "command: [checksum]", "command: checksum",
            #"plugin.yaml:7:10: command: expected a sequence, found string "checksum""#
        ),
        (
            "command: [checksum]", "command: []",
            "plugin.yaml:7:10: command: empty (for example [/usr/bin/python3, main.py])"
        ),
        (
            "command: [checksum]", "command: [checksum, 5]",
            "plugin.yaml:7:21: command[1]: expected string, found integer 5 (put it in quotes)"
        ),
        (
            "command: [checksum]", "command: [../checksum]",
            #"plugin.yaml:7:11: command[0]: not a plain path: "../checksum" (an absolute path, or one inside the plugin's folder, without . and .. in it)"#
        ),
        (
            "command: [checksum]", "command: [/usr/../bin/sh]",
            #"plugin.yaml:7:11: command[0]: not a plain path: "/usr/../bin/sh" (an absolute path, or one inside the plugin's folder, without . and .. in it)"#
        ),
        (
            "command: [checksum]", "command: [/]",
            #"plugin.yaml:7:11: command[0]: not a plain path: "/" (an absolute path, or one inside the plugin's folder, without . and .. in it)"#
        ),
        ("command: [checksum]", "command: [\"\"]", "plugin.yaml:7:11: command[0]: empty"),
        ("command: [checksum]", "command: [\"a\\0b\"]", "plugin.yaml:7:11: command[0]: a NUL character in it"),
        (
            "name: Checksum", "name: \"a\\nb\"",
            "plugin.yaml:2:7: name: a line break or control character in it (write it on one line)"
        ),
    ]

    @Test(arguments: changes) func `a member that must be right is named with its place`(
        old: String, new: String, expected: String
    ) {
        #expect(problem(replace(old, new)) == expected)
    }

    private func replace(_ old: String, _ new: String) -> String {
        Self.least.replacing(old, with: new)
    }

    @Test func `a leading dot in the command is the folder itself`() throws {
        #expect(try read(replace("[checksum]", "[./checksum]")).command == ["./checksum"])
    }

    @Test func `all that is wrong is said at once`() {
        #expect(
            problem(
                """
                id: a/b
                nmae: x
                version: 1
                description: d
                category: processing
                protocol: cloister/1
                command: [x]
                limits: {memory: lots, cpu: -1}
                tools:
                  - {name: a, input: {type: object, minProperties: x}}
                """)
                    == """
                    plugin.yaml:1:5: id: not a plugin identifier: "a/b" (1 to 63 lower-case letters, digits and inner hyphens, for example exif-metadata)
                    plugin.yaml:1:1: name: missing
                    plugin.yaml:3:10: version: expected string, found integer 1 (put it in quotes)
                    plugin.yaml:8:18: limits.memory: expected a size such as 64KiB, 256MiB or 1GiB, found string "lots"
                    plugin.yaml:8:29: limits.cpu: -1.0 is out of range (allowed: 0.01 to 1024.0)
                    plugin.yaml:10:37: tools[0].input.minProperties: expected a whole number from 0, found string
                    plugin.yaml:2:1: nmae: unknown key (did you mean name?)
                    """)
    }

    @Test func `what is no mapping is no manifest`() {
        #expect(problem("[]") == "plugin.yaml:1:1: expected a mapping, found a sequence")
        #expect(problem("just text") == #"plugin.yaml:1:1: expected a mapping, found string "just text""#)
    }
}
