import Glibc
import Model
import Testing

@testable import Plugins

struct MCPFingerprintTests {
    @Test func `a file that changed under its old size and time makes another program`() async throws {
        try await PluginFixture.with { fixture in
            try fixture.write("server.py", "print('one')")
            let before = MCPFingerprint.make(of: try fixture.open())
            #expect(MCPFingerprint.make(of: try fixture.open()) == before)
            let path = fixture.path + "/server.py"
            var status = stat()
            #expect(stat(path, &status) == 0)
            let file = open(path, O_WRONLY)
            #expect(pwrite(file, "print('two')", 12, 0) == 12)
            var times = [status.st_atim, status.st_mtim]
            #expect(futimens(file, &times) == 0)
            close(file)
            #expect(MCPFingerprint.make(of: try fixture.open()) != before)
        }
    }
}
