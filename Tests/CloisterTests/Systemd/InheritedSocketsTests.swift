import Glibc
import Model
import Testing

@testable import cloister

private func listeningSocket() -> Int32 {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    // An address of two bytes makes the kernel choose an abstract name.
    let bound = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, 2) }
    }
    precondition(bound == 0 && listen(descriptor, 1) == 0)
    return descriptor
}

struct InheritedSocketsTests {
    @Test func `the control socket is the one with its name, or the only one without any`() throws {
        let (first, second) = (listeningSocket(), listeningSocket())
        defer { [first, second].forEach { close($0) } }
        var named = InheritedSockets([("http", first), ("control", second)])
        #expect(try named.takeControl() == second)
        let problem = #expect(throws: Problem.self) { try named.finish() }
        #expect(problem?.message.contains(#""http""#) == true)
        var only = InheritedSockets([("cloister.socket", first)])
        #expect(try only.takeControl() == first)
        #expect(throws: Never.self) { try only.finish() }
        var other = InheritedSockets([("htpp", first)])
        #expect(try other.takeControl() == nil)
        #expect(throws: Problem.self) { try other.finish() }
        var none = InheritedSockets([])
        #expect(try none.takeControl() == nil)
    }

    @Test func `sockets of the HTTP server are those with its names, in any number`() throws {
        let all = (0..<4).map { _ in listeningSocket() }
        defer { all.forEach { close($0) } }
        var sockets = InheritedSockets([("http", all[0]), ("https", all[1]), ("http", all[2]), ("unknown", all[3])])
        let web = try sockets.takeWeb()
        #expect(web.map(\.descriptor) == [all[0], all[1], all[2]])
        #expect(web.map(\.isSecure) == [false, true, false])
        #expect(try sockets.takeControl() == all[3])
        #expect(throws: Never.self) { try sockets.finish() }
        var broken = InheritedSockets([("http", 9999)])
        #expect(throws: Problem.self) { try broken.takeWeb() }
    }

    @Test func `what is not a listening Unix stream is refused`() throws {
        var ends: [Int32] = [0, 0]
        #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        defer { ends.forEach { close($0) } }
        let internet = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #expect(listen(internet, 1) == 0)
        defer { close(internet) }
        for descriptor in [ends[0], internet, 9999] {
            var sockets = InheritedSockets([("control", descriptor)])
            let problem = #expect(throws: Problem.self) { try sockets.takeControl() }
            #expect(problem?.code == .invalidConfiguration)
        }
    }
}
