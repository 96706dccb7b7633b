import Foundation
import HostTesting
import Testing

/// The manual says which test proves what tenants are promised.
struct TenancyPromisesTests {
    @Test func `each promise is proved by a test that there is`() throws {
        let page = try String(contentsOfFile: Built.root + "/Sources/Manual/tenancy-security.md", encoding: .utf8)
        let rows = page.split(separator: "\n").filter { $0.hasPrefix("| ") }.map { $0.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) } }
        let promises = rows.dropFirst().compactMap { row -> (promise: String, suite: String, title: String)? in
            guard row.count == 2, let colon = row[1].firstRange(of: ": ") else { return nil }
            return (row[0], String(row[1][..<colon.lowerBound]), String(row[1][colon.upperBound...]))
        }
        #expect(promises.count >= 25 && promises.count == rows.count - 1)
        let paths = (FileManager.default.enumerator(atPath: Built.root + "/Tests")?.allObjects as? [String] ?? [])
            .filter { $0.hasSuffix("Tests.swift") }
        for (promise, suite, title) in promises {
            let path = paths.first { $0.hasSuffix("/\(suite).swift") }
            let text = try path.map { try String(contentsOfFile: "\(Built.root)/Tests/\($0)", encoding: .utf8) } ?? ""
            #expect(text.contains("func `\(title)`"), "\(promise): \(suite): \(title)")
        }
    }
}
