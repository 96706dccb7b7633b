import Foundation
import Glibc
import Testing

@testable import Model

struct YAMLFileTests {
    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = NSTemporaryDirectory() + "yaml-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    @Test func `a file is read under the name that messages shall use`() throws {
        try withFolder { folder in
            try Data("a: ]".utf8).write(to: URL(fileURLWithPath: folder + "/x.yaml"))
            let error = #expect(throws: Problem.self) { try YAMLNode.load(file: folder + "/x.yaml", named: "x.yaml") }
            #expect(error?.message.hasPrefix("x.yaml:1:") == true)
        }
    }

    @Test func `what is missing, no regular file, no text or too large is a clear problem`() throws {
        try withFolder { folder in
            func problem(_ name: String) -> Problem? {
                #expect(throws: Problem.self) { try YAMLNode.load(file: folder + "/" + name, named: name) }
            }
            #expect(problem("none")?.code == .notFound)
            #expect(problem("none")?.description == "cannot read none: No such file or directory")
            mkfifo(folder + "/pipe", 0o600)
            #expect(problem("pipe")?.description == "cannot read pipe: not a regular file")
            #expect(problem("")?.description == "cannot read : not a regular file")
            try Data([0x61, 0x3A, 0xFF]).write(to: URL(fileURLWithPath: folder + "/latin"))
            #expect(problem("latin")?.description == "cannot read latin: not UTF-8 text")
            try Data(repeating: 0x23, count: 1 << 20 | 1).write(to: URL(fileURLWithPath: folder + "/large"))
            #expect(problem("large")?.description == "large: larger than 1MiB")
        }
    }
}
