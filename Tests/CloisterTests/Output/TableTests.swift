import Testing

@testable import cloister

struct TableTests {
    private static func table() -> Table {
        var table = Table([.flexible("NAME"), .right("SIZE"), .left("STATE"), .flexible("DESCRIPTION")])
        table.append(["exif", "512MiB", "ready", "Reads the metadata of photographs"])
        table.append(["pdf-text", "1GiB", "", "短い"])
        return table
    }

    @Test func `columns are aligned and lines have no spaces at their ends`() {
        #expect(
            Self.table().text(width: nil) == """
                NAME        SIZE  STATE  DESCRIPTION
                exif      512MiB  ready  Reads the metadata of photographs
                pdf-text    1GiB         短い

                """)
    }

    @Test(arguments: [20, 30, 40, 50, 58, 59, 200])
    func `no line is wider than the terminal as far as columns can give way`(width: Int) {
        let lines = Self.table().text(width: width).split(separator: "\n")
        // Both flexible columns at their narrowest and the others in full.
        let least = 8 + 2 + 6 + 2 + 5 + 2 + 8
        #expect(lines.allSatisfy { String($0).displayWidth <= max(width, least) })
    }

    @Test func `what is cut says so`() {
        #expect(
            Self.table().text(width: 40) == """
                NAME        SIZE  STATE  DESCRIPTION
                exif      512MiB  ready  Reads the meta…
                pdf-text    1GiB         短い

                """)
    }

    @Test func `a cell cannot forge a row or move the cursor`() {
        var table = Table([.left("A"), .left("B")])
        table.append(["x\ny", "\u{1B}[2Jgone\u{202E}"])
        #expect(table.text(width: nil) == "A     B\nx\\ny  \\u{1B}[2Jgone\\u{202E}\n")
    }

    @Test(arguments: [
        ("", 0), ("abc", 3), ("é", 1), ("e\u{301}", 1), ("日本", 4), ("한국", 4), ("👍", 2), ("👩‍👩‍👧", 2), ("a\u{200D}", 1),
        ("ﾊﾝｶｸ", 4),
    ])
    func `width counts what a terminal shows`(text: String, width: Int) {
        #expect(text.displayWidth == width)
    }

    @Test(arguments: [("abcdef", 6, "abcdef"), ("abcdef", 4, "abc…"), ("日本語", 4, "日…"), ("日本語", 5, "日本…"), ("abc", 1, "…")])
    func `text is cut at whole letters`(text: String, width: Int, expected: String) {
        #expect(text.cut(to: width) == expected)
    }

    @Test func `details align their values and keep lines apart`() {
        var details = Details()
        details.add("name", "EXIF")
        details.add("last exit", "exited 3")
        details.add("stderr", "one\n\u{1B}two")
        #expect(details.text(width: nil) == "name       EXIF\nlast exit  exited 3\nstderr     one\n           \\u{1B}two\n")
    }
}
