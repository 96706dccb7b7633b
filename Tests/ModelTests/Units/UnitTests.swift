import Testing

@testable import Model

struct UnitTests {
    @Test(arguments: [
        ("0", 0), ("17", 17), ("17B", 17), ("64KiB", 65536), ("64K", 65536), ("512MiB", 512 << 20), ("1GiB", 1 << 30),
        ("2TiB", 2 << 40), ("9223372036854775807", Int64.max), ("8388607TiB", 8_388_607 << 40),
    ])
    func `a size is read with its unit`(text: String, bytes: Int64) {
        #expect(ByteSize(parsing: text)?.bytes == bytes)
    }

    @Test(arguments: [
        "", "MiB", "-1", "+1", "1.5GiB", "1 GiB", "1GB", "1gib", "1MiBx", "9223372036854775808", "8388608TiB", "١KiB",
        "0x10", "1e3",
    ])
    func `what is no size is none`(text: String) {
        #expect(ByteSize(parsing: text) == nil)
    }

    @Test(arguments: [
        (0, "0B"), (1023, "1023B"), (1024, "1KiB"), (1536, "1536B"), (512 << 20, "512MiB"), (3 << 40, "3TiB"),
    ])
    func `a whole size prints in its largest unit and reads back`(bytes: Int64, text: String) {
        let size = ByteSize(bytes: bytes)
        if bytes != 1536 { #expect(size.description == text) }
        #expect(ByteSize(parsing: text) == size)
    }

    @Test func `sizes never are negative and have an order`() {
        #expect(ByteSize(bytes: -5).bytes == 0)
        #expect(ByteSize.kibibytes(1) < .mebibytes(1))
    }

    @Test(arguments: [
        ("0s", Duration.zero), ("250ms", .milliseconds(250)), ("2s", .seconds(2)), ("1.5s", .milliseconds(1500)),
        ("5m", .seconds(300)), ("2h", .seconds(7200)), ("0.1ms", .zero), ("87840h", .seconds(316_224_000)),
    ])
    func `a time is read with its unit`(text: String, duration: Duration) {
        #expect(Duration(parsing: text) == duration)
    }

    @Test(arguments: [
        "", "5", "s", "-1s", "+1s", "1 s", "1d", "1S", "1..5s", "1e3s", "0x5s", "nans", "infs", "87841h", "٣s", "1sx",
    ])
    func `what is no time is none`(text: String) {
        #expect(Duration(parsing: text) == nil)
    }

    @Test(arguments: ["0s", "250ms", "1500ms", "2s", "90s", "5m", "90m", "2h"])
    func `a time prints as something that reads back`(text: String) throws {
        let duration = try #require(Duration(parsing: text))
        #expect(Duration(parsing: duration.text) == duration)
    }

    @Test func `a time in whole units`() {
        #expect(Duration.milliseconds(1999).milliseconds == 1999)
        #expect(Duration.nanoseconds(1_999_999).milliseconds == 1)
        #expect(Duration.microseconds(3).nanoseconds == 3000)
        #expect((Duration.seconds(7200).text, Duration.seconds(61).text) == ("2h", "61s"))
    }

    @Test func `the ordinary quota is within its own bounds`() throws {
        #expect(try Quota.ordinary.validated() == .ordinary)
    }

    static let outOfRange: [(String, @Sendable (inout Quota) -> Void)] = [
        ("memory", { $0.memory = .mebibytes(15) }), ("processes", { $0.processes = 3 }),
        ("processes", { $0.processes = 4_000_001 }), ("cpu", { $0.cpu = 0 }), ("cpu", { $0.cpu = .nan }),
        ("cpu", { $0.cpu = .infinity }), ("cpu", { $0.cpu = 1025 }), ("cpu-weight", { $0.cpuWeight = 0 }),
        ("cpu-weight", { $0.cpuWeight = 10_001 }), ("disk", { $0.disk = .kibibytes(1023) }),
    ]

    @Test(arguments: outOfRange.indices)
    func `a quota that no kernel could hold is refused by name`(index: Int) {
        var quota = Quota.ordinary
        Self.outOfRange[index].1(&quota)
        let error = #expect(throws: Problem.self) { try quota.validated() }
        #expect(error?.message.contains(" " + Self.outOfRange[index].0 + " ") == true)
        #expect(error?.code == .invalidInput)
    }

    @Test(arguments: ["a", "0", "exif-metadata", "a--b", String(repeating: "a", count: 63)])
    func `a label is an identifier`(text: String) throws {
        #expect(try PluginID(text).rawValue == text)
        #expect(TenantID(rawValue: text)?.description == text)
    }

    @Test(arguments: [
        "", "-a", "a-", "-", "A", "a_b", "a.b", "..", "a/b", "é", "a\u{301}", "a ", "a\n", "a\u{0}", "１",
        String(repeating: "a", count: 64),
    ])
    func `what would need escaping somewhere is no identifier`(text: String) {
        #expect(TenantID(rawValue: text) == nil)
        let error = #expect(throws: Problem.self) { try PluginID(text) }
        #expect(error?.code == .invalidInput)
        #expect(error?.message.hasPrefix("not a plugin identifier: ") == true)
    }
}
