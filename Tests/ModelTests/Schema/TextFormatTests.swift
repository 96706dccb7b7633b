import Testing

@testable import Model

struct TextFormatTests {
    static let table: [(format: String, good: [String], bad: [String])] = [
        ("document", ["/exchange/in/1/a.jpg", String(repeating: "a", count: 9000)], [""]),
        (
            "date-time",
            [
                "2024-05-01T09:30:00Z", "2024-05-01t09:30:00.123456z", "2024-02-29T23:59:60Z",
                "2024-05-01T01:29:60+01:30", "2024-05-01T09:30:00-00:00",
            ],
            [
                "2024-05-01", "2024-05-01 09:30:00Z", "2024-05-01T09:30:00", "2023-02-29T00:00:00Z",
                "2024-05-01T24:00:00Z", "2024-05-01T09:30:60Z", "2024-05-01T09:30:00.Z", "2024-05-01T09:30:00+1:00",
                "2024-05-01T09:30:00+24:00", "２024-05-01T09:30:00Z",
            ]
        ),
        (
            "date", ["2024-02-29", "0000-01-01", "2000-02-29"],
            ["2024-2-9", "2024-13-01", "2024-00-01", "2024-04-31", "1900-02-29", "20240229", "2024-02-29Z"]
        ),
        (
            "time", ["09:30:00Z", "09:30:00.5+02:00", "23:59:60Z"],
            ["09:30:00", "09:30Z", "9:30:00Z", "22:59:60Z", "09:61:00Z", ""]
        ),
        (
            "email", ["a@b.c", "first.last+tag@example.org", "o'brien@example.org"],
            ["", "a", "@b", "a@", "a.@b", ".a@b", "a..b@c", "a b@c", "a@-b", "a@b..c", "é@b"]
        ),
        (
            "hostname", ["a", "example.org", "xn--bcher-kva.example", "1.2"],
            ["", ".", "a.", "-a", "a-", "a_b", "a..b", String(repeating: "a", count: 64), "é"]
        ),
        (
            "uri", ["https://example.org/a?b=c#d", "urn:isbn:1", "mailto:a@b", "a:%20"],
            ["", "/a", "//a/b", "1a:b", "a b:c", "https://a/ b", "a:%2", "a:#b#c", "a:é", "a:<b>"]
        ),
        (
            "uuid", ["123e4567-e89b-12d3-a456-426614174000", "123E4567-E89B-12D3-A456-426614174000"],
            [
                "", "123e4567e89b12d3a456426614174000", "123e4567-e89b-12d3-a456-42661417400g",
                "{23e4567-e89b-12d3-a456-426614174000",
            ]
        ),
        (
            "ipv4", ["0.0.0.0", "192.168.1.255"],
            ["", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.4 ", "0x7f.1", "1..2.3"]
        ),
        (
            "ipv6",
            [
                "::", "::1", "1::", "2001:db8::1", "1:2:3:4:5:6:7:8", "::ffff:1.2.3.4", "1:2:3:4:5:6:1.2.3.4",
                "1:2:3:4:5:6:7::",
            ],
            [
                "", ":", ":::", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", ":1:2:3:4:5:6:7", "1:2:3:4:5:6:7:",
                "12345::", "g::", "::1%eth0", "1:2:3:4:5:6::1.2.3.4", "::1.2.3.4.5", "1.2.3.4", "::1.2.3.256",
            ]
        ),
    ]

    @Test(arguments: table) func `a format admits what its standard does`(format: String, good: [String], bad: [String])
        throws
    {
        let schema = try JSONSchema(["format": .string(format)])
        for text in good { #expect(schema.violations(in: .string(text)).isEmpty, "\(text)") }
        for text in bad { #expect(schema.violations(in: .string(text)).count == 1, "\(text)") }
        #expect(schema.violations(in: 3).isEmpty)
    }
}
