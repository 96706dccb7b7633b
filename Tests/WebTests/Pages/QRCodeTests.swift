import Foundation
import Testing

@testable import Web

/// What is drawn is what zbar reads.
@Suite(.timeLimit(.minutes(2))) struct QRCodeTests {
    /// The first and the last length of several versions, the largest included: with each, more of the code is drawn.
    @Test(arguments: [1, 14, 15, 62, 106, 107, 122, 152, 180, 213, 287, 412, 504, 624, 666])
    func `a scanner reads the text`(length: Int) throws {
        let text = String(String.UnicodeScalarView((0..<length).map { Unicode.Scalar(UInt8(33 + ($0 * 37 + length) % 90)) }))
        let code = try #require(QRCode(text))
        #expect(try Self.read(code) == text)
    }

    @Test func `what is too long for a code that a screen can show has none`() {
        #expect(QRCode(String(repeating: "x", count: 667)) == nil)
    }

    @Test func `the picture is the code with a quiet zone, and says to those who do not see it what it is`() throws {
        let code = try #require(QRCode("otpauth://totp/a"))
        let picture = code.html(label: "A <code>").text
        #expect(picture.contains(#"role="img" aria-label="A &lt;code&gt;""#) && picture.contains(#"viewBox="0 0 \#(code.size + 8) "#))
        var drawn = [Bool](repeating: false, count: code.size * code.size)
        for run in code.path.matches(of: /M(\d+) (\d+)h(\d+)v1h-(\d+)z/) {
            let (x, y, length) = (try #require(Int(run.1)) - 4, try #require(Int(run.2)) - 4, try #require(Int(run.3)))
            for at in x..<(x + length) { drawn[y * code.size + at] = true }
        }
        #expect(drawn == code.modules)
    }

    private static func read(_ code: QRCode) throws -> String {
        let (scale, side) = (4, code.size + 8)
        let rows = (0..<(side * scale)).map { y in
            (0..<(side * scale)).map { x in
                let (column, row) = (x / scale - 4, y / scale - 4)
                let isInside = (0..<code.size).contains(column) && (0..<code.size).contains(row)
                return isInside && code.modules[row * code.size + column] ? "1" : "0"
            }.joined(separator: " ")
        }
        let file = FileManager.default.temporaryDirectory.appending(path: "cloister-qr-\(UUID()).pbm")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data("P1\n\(side * scale) \(side * scale)\n\(rows.joined(separator: "\n"))\n".utf8).write(to: file)
        let (process, pipe) = (Process(), Pipe())
        process.executableURL = URL(filePath: "/usr/bin/zbarimg")
        process.arguments = ["--quiet", "--raw", "--nodbus", "-Sdisable", "-Sqrcode.enable", file.path]
        process.standardOutput = pipe
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return String(decoding: output.dropLast(), as: UTF8.self)
    }
}
