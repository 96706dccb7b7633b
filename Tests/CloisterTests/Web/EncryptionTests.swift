import Foundation
import HostTesting
import Model
import Testing

@testable import Web
@testable import cloister

/// TLS with a certificate from files, spoken to by curl and openssl.
@Suite(.serialized, .timeLimit(.minutes(5))) struct EncryptionTests {
    @Test func `both versions are spoken, and a new certificate is for new connections`() async throws {
        let folder = TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        let files = WebSettings.Certificate(chain: folder + "/chain.pem", key: folder + "/key.pem")
        try await Self.makeCertificate(files, serial: 1001)
        var settings = WebSettings()
        settings.certificate = files
        try await WebFixture.with(settings) { web in
            let address = "https://localhost:\(web.port)/healthz"
            let curl = ["curl", "--silent", "--max-time", "30", "--cacert", files.chain, "--write-out", " %{http_version} %{http_code}"]
            #expect(try await Self.run(curl + ["--http1.1", address]) == #"{"status":"ok"} 1.1 200"#)
            #expect(try await Self.run(curl + ["--http2", address]) == #"{"status":"ok"} 2 200"#)
            #expect(try await Self.run(curl + ["--http2", "--header", "Authorization: Bearer nonsense", "--output", "/dev/null",
                "https://localhost:\(web.port)/api/status"]) == " 2 401")
            #expect(try await Self.serial(web.port).contains("03E9"))

            // Two requests over one connection, with the change between them.
            let held = try await web.hold()
            try await Self.makeCertificate(files, serial: 1002)
            try web.service.server.reloadCertificate()
            #expect(try await Self.serial(web.port).contains("03EA"))
            #expect(try await held.ask().contains("200 OK"))
            held.end()

            // Files that do not fit together change nothing.
            try "nonsense".write(toFile: files.key, atomically: true, encoding: .utf8)
            #expect(throws: Problem.self) { try web.service.server.reloadCertificate() }
            #expect(try await Self.serial(web.port).contains("03EA"))
        }
    }

    @Test func `a client that says nothing does not hold a connection`() async throws {
        let folder = TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        let files = WebSettings.Certificate(chain: folder + "/chain.pem", key: folder + "/key.pem")
        try await Self.makeCertificate(files, serial: 1)
        var settings = WebSettings()
        settings.certificate = files
        settings.times.header = .milliseconds(500)
        try await WebFixture.with(settings) { web in
            let port = web.port
            // It ends when the server closes.
            let answer = try await aside { try RawHTTP.exchange([], port: port) }
            #expect(answer.isEmpty)
        }
    }

    private static func makeCertificate(_ files: WebSettings.Certificate, serial: Int) async throws {
        _ = try await run([
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
            "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-set_serial", String(serial), "-keyout", files.key, "-out",
            files.chain,
        ])
    }

    private static func serial(_ port: Int) async throws -> String {
        try await run([
            "sh", "-c", "openssl s_client -connect 127.0.0.1:\(port) </dev/null 2>/dev/null | openssl x509 -noout -serial",
        ])
    }

    /// What a program says on its standard output.
    static func run(_ arguments: [String]) async throws -> String {
        try await aside {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = arguments
            let output = Pipe()
            process.standardOutput = output
            process.standardError = FileHandle.nullDevice
            process.standardInput = FileHandle.nullDevice
            try process.run()
            let bytes = output.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            return String(decoding: bytes, as: UTF8.self)
        }
    }
}

/// An encrypted connection that stays open between requests, by openssl.
final class HeldConnection: @unchecked Sendable {
    // Used by one test, one call after the other.
    private let process = Process()
    private let (input, output) = (Pipe(), Pipe())

    init(port: Int) throws {
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl", "s_client", "-quiet", "-connect", "127.0.0.1:\(port)"]
        process.standardInput = input
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
    }

    func ask() async throws -> String {
        try await aside { [self] in
            input.fileHandleForWriting.write(Data("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
            // It may come in parts.
            var answer = ""
            while !answer.contains(#"{"status":"ok"}"#), case let part = output.fileHandleForReading.availableData, !part.isEmpty {
                answer += String(decoding: part, as: UTF8.self)
            }
            return answer
        }
    }

    func end() {
        try? input.fileHandleForWriting.close()
        process.terminate()
        process.waitUntilExit()
    }
}

extension WebFixture {
    /// A connection that has had its first answer.
    func hold() async throws -> HeldConnection {
        let held = try HeldConnection(port: port)
        let first = try await held.ask()
        #expect(first.contains("200 OK"))
        return held
    }
}
