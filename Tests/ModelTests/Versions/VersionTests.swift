import Testing

@testable import Model

struct VersionTests {
    static let valid = [
        "0.0.4", "1.2.3", "10.20.30", "1.1.2-prerelease+meta", "1.1.2+meta", "1.0.0-alpha", "1.0.0-alpha.beta.1",
        "1.0.0-alpha0.valid", "1.0.0-rc.1+build.1", "1.2.3----RC-SNAPSHOT.12.9.1--.12+788", "1.0.0-0A.is.legal",
        "18446744073709551615.0.0",
    ]

    @Test(arguments: valid) func `a semantic version reads and prints as it is`(text: String) throws {
        #expect(try Version(text).description == text)
    }

    static let invalid = [
        "", "1", "1.2", "1.2.3.4", "01.1.1", "1.01.1", "1.1.01", "1.2.3-", "1.2.3+", "1.2.3-a..b", "1.2.3-01",
        "1.2.3-+b", "1.2.3+a+b", "v1.2.3", "1.2.3 ", " 1.2.3", "-1.0.0", "1.2.x", "1.2.3-ä", "١.2.3", "1.2.3-a\u{301}",
        "18446744073709551616.0.0", "1.2.3-\(String(repeating: "a", count: 200))",
    ]

    @Test(arguments: invalid) func `what is no semantic version is refused with an example`(text: String) {
        let error = #expect(throws: Problem.self) { try Version(text) }
        #expect(error?.code == .invalidInput)
        #expect(error?.message.hasPrefix("not a version: ") == true)
    }

    @Test func `versions are ordered by precedence`() throws {
        let order = [
            "0.9.9", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11",
            "1.0.0-rc.1", "1.0.0", "1.0.0+build", "1.0.1", "1.2.0", "1.10.0", "2.0.0-0", "2.0.0",
        ]
        let versions = try order.map { try Version($0) }
        for left in versions.indices {
            for right in versions.indices {
                #expect((versions[left] < versions[right]) == (left < right), "\(order[left]) and \(order[right])")
                #expect((versions[left] == versions[right]) == (left == right))
            }
        }
    }

    static let ranges: [(range: String, inside: [String], outside: [String])] = [
        (">=1.2.0 <2.0.0", ["1.2.0", "1.9.9", "1.2.0+b"], ["1.1.9", "2.0.0", "2.0.0-beta", "1.5.0-rc.1"]),
        ("^1.2.3", ["1.2.3", "1.99.0"], ["1.2.2", "2.0.0", "2.0.0-a"]),
        ("^0.2.3", ["0.2.3", "0.2.9"], ["0.3.0", "0.2.2", "1.0.0"]),
        ("^0.0.3", ["0.0.3"], ["0.0.4", "0.0.2"]),
        ("~1.2.3", ["1.2.3", "1.2.99"], ["1.3.0"]),
        ("1.2.3", ["1.2.3"], ["1.2.4", "1.2.3-a"]),
        ("=1.2.3", ["1.2.3"], ["1.2.2"]),
        (">1.0.0 <=1.1.0", ["1.0.1", "1.1.0"], ["1.0.0", "1.1.1"]),
        ("*", ["0.0.1", "99.0.0"], ["1.0.0-a"]),
        (">=1.0.0-beta.2", ["1.0.0-beta.2", "1.0.0-rc.1", "1.0.0", "2.0.0"], ["1.0.0-beta.1", "1.0.1-rc.1"]),
    ]

    @Test(arguments: ranges) func `a range contains what its comparisons admit`(
        range: String, inside: [String], outside: [String]
    ) throws {
        let range = try VersionRange(range)
        for text in inside { #expect(range.contains(try Version(text)), "\(text)") }
        for text in outside { #expect(!range.contains(try Version(text)), "\(text)") }
    }

    @Test(arguments: ["", " ", ">", ">=1.2", "1.x", "^", "* 1.0.0", ">=1.0.0,<2.0.0", "1.0.0 - 2.0.0", "=>1.0.0"])
    func `what is no range is refused with an example`(text: String) {
        #expect(throws: Problem.self) { try VersionRange(text) }
    }
}
