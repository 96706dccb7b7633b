import Foundation

/// A new empty folder that goes away with everything in it when its user is done.
package enum TemporaryFolder {
    package static func with<Result>(_ body: (String) async throws -> Result) async throws -> Result {
        let path = make()
        defer { remove(path) }
        return try await body(path)
    }

    package static func with<Result>(_ body: (String) throws -> Result) throws -> Result {
        let path = make()
        defer { remove(path) }
        return try body(path)
    }

    package static func make() -> String {
        var template = Array("/tmp/cloister-test-XXXXXX".utf8CString)
        precondition(mkdtemp(&template) != nil, "mkdtemp")
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    package static func remove(_ path: String) {
        try? FileManager.default.removeItem(atPath: path)
    }
}
