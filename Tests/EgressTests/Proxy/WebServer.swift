import Foundation
import HostTesting
import Model

/// `Tests/material/origin.py` with a certificate of its own for `origin.test` and 127.0.0.1.
struct WebServer {
    let http: Int
    let https: Int
    /// A file with the certificate that signs itself.
    let certificate: String

    static func with(_ body: (WebServer, String) async throws -> Void) async throws {
        try await TemporaryFolder.with { folder in
            let certificate = folder + "/certificate.pem"
            try await run(
                "/usr/bin/openssl",
                [
                    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                    "/CN=origin.test", "-addext", "subjectAltName=DNS:origin.test,IP:127.0.0.1", "-keyout", folder + "/key.pem", "-out",
                    certificate,
                ])
            let process = Process()
            let (input, output) = (Foundation.Pipe(), Foundation.Pipe())
            process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
            process.arguments = [Built.root + "/Tests/material/origin.py", certificate, folder + "/key.pem"]
            process.standardInput = input
            process.standardOutput = output
            try process.run()
            // Not only by the end of its input: a child that another test starts may hold the pipe, and whoever waits here
            // holds up one of the few threads that all tests share.
            defer { process.terminate() }
            let line = try await aside { output.fileHandleForReading.availableData }
            let ports = try JSONValue.parse(Array(line), as: "ports of the origin")
            guard let http = ports["http"]?.integer, let https = ports["https"]?.integer else {
                throw Problem(.internalFault, "the origin of the tests did not start")
            }
            try await body(WebServer(http: Int(http), https: Int(https), certificate: certificate), folder)
        }
    }

    private static func run(_ program: String, _ arguments: [String]) async throws {
        let status = try await aside {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: program)
            process.arguments = arguments
            process.standardError = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
            return process.terminationStatus
        }
        guard status == 0 else { throw Problem(.internalFault, "\(program) failed") }
    }
}
