import Model
import Sandbox
import Testing

@Suite struct ProfileReadingTests {
    static func library(_ files: [String: String]) throws -> ProfileLibrary {
        var documents: [String: YAMLNode] = [:]
        for (name, text) in files { documents[name] = try YAMLNode.load(text: text, named: "\(name).yaml") }
        return try ProfileLibrary(documents)
    }

    static func profile(_ text: String) throws -> Profile {
        try library(["x": text]).profile(named: "x")
    }

    static let calls = "\nsystem-calls: {all: {allow: [read]}}\n"

    @Test func aProfileSaysEverythingItSets() throws {
        let profile = try Self.profile(
            """
            description: A test
            hostname: box-1
            environment: {LANG: C, PYTHONUTF8: "1"}
            filesystem: {read-only: [/etc/ssl/certs, /opt/x], tmp: {size: 8MiB, files: 100}, proc: false}
            limits: {memory: 64MiB, processes: 8, cpu: 0.5, cpu-weight: 50, files: 32, file-size: 1MiB, core: 1KiB, stack: 1MiB,
              io: {read: 10MiB, write: 5MiB, read-operations: 100, write-operations: 50}}
            landlock: required
            loopback: true
            write-xor-execute: true
            subprocesses: false
            line-limit: 1MiB
            standard-error-rate: 2KiB
            system-calls:
              all: {allow: [read, mmap], eperm: [ptrace], kill: [bpf]}
            """)
        var expected = Profile(name: "x")
        expected.summary = "A test"
        expected.hostname = "box-1"
        expected.environment = ["LANG": "C", "PYTHONUTF8": "1"]
        expected.filesystem.readOnly = ["/etc/ssl/certs", "/opt/x"]
        expected.filesystem.temporarySize = .mebibytes(8)
        expected.filesystem.temporaryFiles = 100
        expected.filesystem.showsProcesses = false
        expected.limits.memory = .mebibytes(64)
        expected.limits.processes = 8
        expected.limits.cpu = 0.5
        expected.limits.cpuWeight = 50
        expected.limits.files = 32
        expected.limits.fileSize = .mebibytes(1)
        expected.limits.coreSize = .kibibytes(1)
        expected.limits.stack = .mebibytes(1)
        expected.limits.io = InputOutputLimits(
            read: .mebibytes(10), write: .mebibytes(5), readOperations: 100, writeOperations: 50)
        expected.landlock = .required
        expected.raisesLoopback = true
        expected.refusesWritableCode = true
        expected.lineLimit = .mebibytes(1)
        expected.standardErrorRate = .kibibytes(2)
        let writableCode = SystemCallPolicy.Clause(
            conditions: [.init(argument: 2, mask: 6, values: [6])], answer: .refuse(.EPERM))
        expected.systemCalls = SystemCallPolicy(
            rules: [
                "read": .init(otherwise: .allow), "mmap": .init([writableCode], otherwise: .allow),
                "ptrace": .init(otherwise: .refuse(.EPERM)), "bpf": .init(otherwise: .kill),
            ], allowsSubprocesses: false)
        #expect(profile == expected)
    }

    @Test func whatAProfileLeavesOutIsStrict() throws {
        let profile = try Self.profile(Self.calls)
        #expect(profile.limits.coreSize == ByteSize(bytes: 0))
        #expect(!profile.raisesLoopback)
        #expect(profile.landlock == .on)
        #expect(profile.environment == [:])
        #expect(profile.filesystem.readOnly == [])
    }

    @Test func theShippedProfilesAreValid() throws {
        let library = try ProfileLibrary.load(folder: ShippedProfiles.folder)
        #expect(library.profiles.keys.sorted() == ["default", "imaging", "node", "picture", "python", "scanner", "worker"])
        #expect(library.profiles.values.allSatisfy { !$0.summary.isEmpty && $0.limits.coreSize.bytes == 0 })
        #expect(library.profiles["python"]?.refusesWritableCode == true)
        #expect(library.profiles["node"]?.refusesWritableCode == false)
        #expect(library.profiles["worker"]?.systemCalls.allowsSubprocesses == false)
        #expect(library.profiles["worker"]?.limits.fileSize.bytes == 0)
    }

    @Test func aProfileExtendsAnother() throws {
        let library = try Self.library([
            "base": """
                hostname: base
                environment: {A: "1", B: "2"}
                limits: {memory: 64MiB, files: 32}
                write-xor-execute: true
                system-calls:
                  files: {allow: [open, read]}
                  danger: {eperm: [ptrace]}
                  old: {allow: [getdents]}
                """,
            "middle": """
                extends: base
                environment: {B: "3", C: "4"}
                limits: {memory: 128MiB}
                system-calls:
                  files: {allow: [openat]}
                  old:
                """,
            "top": """
                extends: middle
                environment: {A: }
                write-xor-execute: false
                system-calls:
                  more: {kill: [ptrace], enosys: [openat], allow: [mmap]}
                """,
        ])
        let middle = try library.profile(named: "middle")
        #expect(middle.hostname == "base")
        #expect(middle.environment == ["A": "1", "B": "3", "C": "4"])
        #expect(middle.limits.memory == .mebibytes(128))
        #expect(middle.limits.files == 32)
        #expect(middle.systemCalls.rules == ["openat": .init(otherwise: .allow), "ptrace": .init(otherwise: .refuse(.EPERM))])
        let top = try library.profile(named: "top")
        #expect(top.environment == ["B": "3", "C": "4"])
        #expect(top.systemCalls.rules == [
            "ptrace": .init(otherwise: .kill), "openat": .init(otherwise: .refuse(.ENOSYS)), "mmap": .init(otherwise: .allow),
        ])
    }

    @Test func conditionsBecomeClausesInOrderOfStrictness() throws {
        let profile = try Self.profile(
            """
            system-calls:
              one:
                allow:
                  - {call: ioctl, when: [{argument: 1, is: [TCGETS, 0x5421]}], otherwise: ENOTTY}
                  - {call: ioctl, when: [{argument: 0, is: 7}, {argument: 2, mask: 0xF0, is: 16}]}
              two:
                eperm: [{call: ioctl, when: [{argument: 1, is: TIOCSTI}]}]
                kill: [{call: ioctl, when: [{argument: 1, mask: CLONE_NEWUSER | CLONE_NEWNS, is: CLONE_NEWNS}]}]
            """)
        #expect(profile.systemCalls.rules["ioctl"] == .init(
            [
                .init(conditions: [.init(argument: 1, mask: 0x1002_0000, values: [0x2_0000])], answer: .kill),
                .init(conditions: [.init(argument: 1, values: [0x5412])], answer: .refuse(.EPERM)),
                .init(conditions: [.init(argument: 1, values: [0x5401, 0x5421])], answer: .allow),
                .init(conditions: [.init(argument: 0, values: [7]), .init(argument: 2, mask: 0xF0, values: [16])], answer: .allow),
            ], otherwise: .refuse(.ENOTTY)))
    }

    @Test func aProfileThatIsNotThereIsNamedWithItsNeighbour() throws {
        let library = try Self.library(["default": Self.calls, "python": Self.calls])
        #expect(throws: Problem(.notFound, "profile not found: pyton", hint: "did you mean python?")) {
            try library.profile(named: "pyton")
        }
    }
}
