import HTTPTypes
import Testing

@testable import Web

struct RequestTests {
    @Test(arguments: [
        ("/api/tenants", ["api", "tenants"], [:]), ("/", [""], [:]), ("/a//b", ["a", "", "b"], [:]),
        ("/a%2Fb/%C3%A4", ["a/b", "ä"], [:]), ("/a?x=1&y=a+b%26", ["a"], ["x": "1", "y": "a b&"]), ("/a?x", ["a"], ["x": ""]),
        ("/a?x=a=b", ["a"], ["x": "a=b"]), ("/a+b", ["a+b"], [:]),
    ] as [(String, [String], [String: String])])
    func `a target is decoded once`(text: String, segments: [String], query: [String: String]) throws {
        let target = try Target(text)
        #expect(target.segments == segments)
        #expect(Dictionary(target.query.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 }) == query)
    }

    @Test(arguments: ["", "*", "http://a/b", "/%", "/%a", "/%zz", "/%FF", "/%C0%AF", "/a?x=%ff", "/a?x=1&x=2", "/a?%zz=1"])
    func `a target that cannot be read is refused`(text: String) {
        let refusal = #expect(throws: Refusal.self) { try Target(text) }
        #expect(refusal?.status.code == 400)
    }

    @Test(arguments: [
        (nil, .whole), ("bytes=0-9", .part(0..<10)), ("bytes=90-", .part(90..<100)), ("bytes=90-500", .part(90..<100)),
        ("bytes=-10", .part(90..<100)), ("bytes=-500", .part(0..<100)), ("bytes=100-", .unsatisfiable), ("bytes=-0", .unsatisfiable),
        ("bytes=9-0", .whole), ("bytes=0-1,3-4", .whole), ("bytes=a-b", .whole), ("bytes=-", .whole), ("lines=0-1", .whole),
        ("bytes=0-99999999999999999999", .part(0..<100)), ("bytes=99999999999999999999-", .unsatisfiable), ("bytes=+1-2", .whole),
    ] as [(String?, ByteRange)])
    func `a range is what the RFC says`(header: String?, range: ByteRange) {
        #expect(ByteRange(header, size: 100) == range)
    }

    @Test func `nothing can be taken from an empty document`() {
        #expect(ByteRange("bytes=0-0", size: 0) == .unsatisfiable)
        #expect(ByteRange("bytes=-1", size: 0) == .unsatisfiable)
    }

    @Test(arguments: [
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what",
    ])
    func `a trace goes on`(header: String) {
        let context = TraceContext(continuing: header)
        #expect(context.trace == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(context.isSampled)
        #expect(context.span != "00f067aa0ba902b7")
        #expect(TraceContext(continuing: context.header).trace == context.trace)
    }

    @Test(arguments: [
        "", "00", "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01", "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what",
    ])
    func `a header that is none begins a new trace`(header: String) {
        let context = TraceContext(continuing: header)
        #expect(context.trace.utf8.count == 32)
        #expect(context.trace != "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(!context.isSampled)
    }

    @Test(arguments: [
        (#""a""#, #""a""#, true), (#""b", "a""#, #""a""#, true), ("*", #""a""#, true), (#"W/"a""#, #""a""#, false), (#""b""#, #""a""#, false),
        ("", #""a""#, false),
    ])
    func `a tag is compared strongly`(header: String, tag: String, isAdmitted: Bool) {
        #expect(EntityTag.admits(header, tag) == isAdmitted)
    }
}
