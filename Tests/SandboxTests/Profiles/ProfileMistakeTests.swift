import Glibc
import Model
import Sandbox
import Testing

/// A profile with one mistake, and the whole of what its author reads.
struct ProfileMistake: CustomStringConvertible, Sendable {
    var text: String
    var message: String
    var description: String { message }

    init(_ text: String, _ message: String) {
        self.text = text
        self.message = message
    }

    static let all = [
        ProfileMistake(
            "limts: {memory: 1GiB}\n",
            "x.yaml:1:1: limts: unknown key (did you mean limits?)"),
        ProfileMistake(
            "limits: {memroy: 1GiB}\n",
            "x.yaml:1:10: limits.memroy: unknown key (did you mean memory?)"),
        ProfileMistake(
            "limits: {memory: lots}\n",
            #"x.yaml:1:18: limits.memory: expected a size such as 64KiB, 256MiB or 1GiB, found string "lots""#),
        ProfileMistake(
            "limits: {memory: 1MiB}\n",
            "x.yaml:1:18: limits.memory: 1MiB is out of range (allowed: 8MiB to 1024TiB)"),
        ProfileMistake(
            "limits: {processes: 1}\n",
            "x.yaml:1:21: limits.processes: 1 is out of range (allowed: 2 to 4000000)"),
        ProfileMistake(
            "limits: {cpu: .nan}\n",
            "x.yaml:1:15: limits.cpu: expected a finite number, found number nan"),
        ProfileMistake(
            "limits: [1]\n",
            "x.yaml:1:9: limits: expected a mapping, found a sequence"),
        ProfileMistake(
            "landlock: off\n",
            #"x.yaml:1:11: landlock: expected one of on, required, found "off""#),
        ProfileMistake(
            "hostname: Box\n",
            #"x.yaml:1:11: hostname: not a host name: "Box" (lower-case letters, digits, inner hyphens)"#),
        ProfileMistake(
            "environment: {1A: x}\n",
            "x.yaml:1:19: environment.1A: not a name of a variable (letters, digits and _, and not one of the host's own CLOISTER_…)"),
        ProfileMistake(
            "environment: {CLOISTER_PROTOCOL: x}\n",
            "x.yaml:1:34: environment.CLOISTER_PROTOCOL: not a name of a variable (letters, digits and _, and not one of the host's own CLOISTER_…)"),
        ProfileMistake(
            "environment: {A: 1}\n",
            "x.yaml:1:18: environment.A: expected string, found integer 1 (put it in quotes)"),
        ProfileMistake(
            "filesystem: {read-only: [etc]}\n",
            #"x.yaml:1:26: filesystem.read-only[0]: expected an absolute path without . and .., found "etc""#),
        ProfileMistake(
            "filesystem: {read-only: [/etc/../root]}\n",
            #"x.yaml:1:26: filesystem.read-only[0]: expected an absolute path without . and .., found "/etc/../root""#),
        ProfileMistake(
            "filesystem: {read-only: [/etc/]}\n",
            #"x.yaml:1:26: filesystem.read-only[0]: expected an absolute path without . and .., found "/etc/""#),
        ProfileMistake(
            "filesystem: {read-only: [/proc/sys]}\n",
            "x.yaml:1:26: filesystem.read-only[0]: /proc of the host is never shown to a plugin"),
        ProfileMistake(
            "filesystem: {read-only: [/run/docker.sock]}\n",
            "x.yaml:1:26: filesystem.read-only[0]: /run of the host is never shown to a plugin"),
        ProfileMistake(
            "filesystem: {tmp: 64MiB}\n",
            #"x.yaml:1:19: filesystem.tmp: expected a mapping, found string "64MiB""#),
        ProfileMistake(
            "loopback: yes\n",
            #"x.yaml:1:11: loopback: expected boolean, found string "yes" (write true or false)"#),
        ProfileMistake(
            "system-calls: {a: {allow: [raed]}}\n",
            "x.yaml:1:28: system-calls.a.allow[0]: unknown system call: raed (did you mean read?)"),
        ProfileMistake(
            "system-calls:\n  a:\n    eperm:\n      - ptrace\n      - procces_vm_readv\n",
            "x.yaml:5:9: system-calls.a.eperm[1]: unknown system call: procces_vm_readv (did you mean process_vm_readv?)"),
        ProfileMistake(
            "system-calls: {a: {alow: [read]}}\n",
            "x.yaml:1:20: system-calls.a.alow: unknown key (did you mean allow?)"),
        ProfileMistake(
            "system-calls: {a: {allow: [read, read]}}\n",
            "x.yaml:1:34: read: listed twice (also at x.yaml:1:28)"),
        ProfileMistake(
            "system-calls: {a: {allow: [read]}, b: {eperm: [read]}}\n",
            "x.yaml:1:48: read: listed twice (also at x.yaml:1:28)"),
        ProfileMistake(
            "system-calls: {a: {allow: [{call: read}]}}\n",
            "x.yaml:1:28: system-calls.a.allow[0].when: missing"),
        ProfileMistake(
            "system-calls: {a: {allow: [{call: read, when: []}]}}\n",
            "x.yaml:1:47: system-calls.a.allow[0].when: empty (write the name alone for a call without conditions)"),
        ProfileMistake(
            "system-calls: {a: {allow: [{call: read, when: [{argument: 6, is: 0}]}]}}\n",
            "x.yaml:1:59: system-calls.a.allow[0].when[0].argument: 6 is out of range (allowed: 0 to 5)"),
        ProfileMistake(
            "system-calls: {a: {allow: [{call: read, when: [{argument: 0, is: AF_UNIXX}]}]}}\n",
            "x.yaml:1:66: system-calls.a.allow[0].when[0].is: unknown constant: AF_UNIXX (did you mean AF_UNIX?)"),
        ProfileMistake(
            "system-calls: {a: {allow: [{call: read, when: [{argument: 0, is: 0x100000000}]}]}}\n",
            "x.yaml:1:66: system-calls.a.allow[0].when[0].is: 4294967296 is out of range (allowed: 0 to 4294967295)"),
        ProfileMistake(
            "system-calls: {a: {allow: [{call: read, when: [{argument: 0, mask: 3, is: 4}]}]}}\n",
            "x.yaml:1:75: system-calls.a.allow[0].when[0].is: 4 has bits outside the mask 3, so it can never hold"),
        ProfileMistake(
            "system-calls: {a: {allow: [{call: read, when: [{argument: 0, is: 1}], otherwise: EPREM}]}}\n",
            #"x.yaml:1:82: system-calls.a.allow[0].otherwise: expected one of EPERM, EACCES, EINVAL, ENOTTY, ENOSYS, EAFNOSUPPORT, found "EPREM" (did you mean EPERM?)"#),
        ProfileMistake(
            "system-calls: {a: {eperm: [{call: read, when: [{argument: 0, is: 1}], otherwise: EPERM}]}}\n",
            "x.yaml:1:82: system-calls.a.eperm[0].otherwise: belongs to calls that are allowed"),
        ProfileMistake(
            "system-calls: {a: {eperm: [{call: read, when: [{argument: 0, is: 1}]}]}}\n",
            "x.yaml:1:28: read: refused under a condition, but allowed nowhere (list it under `allow` too)"),
        ProfileMistake(
            "system-calls: {a: {allow: [{call: read, when: [{argument: 0, is: 1}], otherwise: EPERM}, read]}}\n",
            "x.yaml:1:28: read: has `otherwise` and is also listed without conditions (at x.yaml:1:90)"),
        ProfileMistake(
            "extends: nothing\n",
            "x.yaml:1:10: extends: unknown profile: nothing"),
        ProfileMistake(
            "extends: x\n",
            "x.yaml:1:10: extends: a profile that extends itself: x → x"),
        ProfileMistake(
            "description: no calls\n",
            "x.yaml:1:1: system-calls: missing (list them, or write `extends: default`)"),
        ProfileMistake(
            "[a]\n",
            "x.yaml:1:1: expected a mapping, found a sequence"),
    ]
}

@Suite struct ProfileMistakeTests {
    @Test(arguments: ProfileMistake.all)
    func aMistakeIsNamedWithItsPlaceAndWhatWasExpected(mistake: ProfileMistake) {
        let needsCalls = !mistake.text.contains("system-calls") && !mistake.text.hasPrefix("desc") && !mistake.text.hasPrefix("[")
        let text = mistake.text + (needsCalls ? ProfileReadingTests.calls : "")
        let problem = #expect(throws: Problem.self) { try ProfileReadingTests.profile(text) }
        #expect(problem?.description == mistake.message)
        #expect(problem?.code == .invalidConfiguration)
    }

    @Test func allMistakesOfAFileAreReportedAtOnce() {
        let problem = #expect(throws: Problem.self) {
            try ProfileReadingTests.profile("landlock: 3\nlimits: {cpu: x, memory: y}\nsystem-calls: {a: {allow: [raed, wriet]}}\n")
        }
        let lines = problem?.message.split(separator: "\n") ?? []
        #expect(lines.count == 5)
        #expect(lines.last?.contains("write?") == true)
    }

    @Test func aCycleOfProfilesIsRefusedWithItsWay() {
        let problem = #expect(throws: Problem.self) {
            try ProfileReadingTests.library(["a": "extends: b\n", "b": "extends: c\n", "c": "extends: a\n"])
        }
        #expect(problem?.message.split(separator: "\n") == [
            "c.yaml:1:10: extends: a profile that extends itself: a → b → c → a",
            "a.yaml:1:10: extends: a profile that extends itself: b → c → a → b",
            "b.yaml:1:10: extends: a profile that extends itself: c → a → b → c",
        ])
    }

    @Test func aFolderIsReadAsAWhole() throws {
        var template = Array("/tmp/cloister-profiles-XXXXXX".utf8CString)
        let folder = try #require(mkdtemp(&template).map { String(cString: $0) })
        defer { for name in ["a.yaml", "b.yaml", "notes.txt", ""] { remove("\(folder)/\(name)") } }
        #expect(throws: Problem.self) { try ProfileLibrary.load(folder: folder) }
        try Self.write(ProfileReadingTests.calls, to: "\(folder)/a.yaml")
        try Self.write("not a profile", to: "\(folder)/notes.txt")
        #expect(try ProfileLibrary.load(folder: folder).profiles.keys.sorted() == ["a"])
        try Self.write("limits: 3\n", to: "\(folder)/b.yaml")
        let problem = #expect(throws: Problem.self) { try ProfileLibrary.load(folder: folder) }
        #expect(problem?.message == "\(folder)/b.yaml:1:9: limits: expected a mapping, found integer 3")
        #expect(throws: Problem.self) { try ProfileLibrary.load(folder: folder + "/missing") }
    }

    private static func write(_ text: String, to path: String) throws {
        let file = try #require(fopen(path, "w"))
        fputs(text, file)
        fclose(file)
    }
}
