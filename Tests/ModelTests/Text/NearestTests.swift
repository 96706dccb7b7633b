import Testing

@testable import Model

struct NearestTests {
    @Test(arguments: [
        ("exif", "exif-metadata"), ("exif-metdata", "exif-metadata"), ("chekcsum", "checksum"),
        ("PDF-TEXT", "pdf-text"),
        ("cheksum", "checksum"),
    ])
    func `the word that was meant is found`(typed: String, meant: String) {
        #expect(["checksum", "exif-metadata", "pdf-text"].nearest(to: typed) == meant)
    }

    @Test(arguments: ["", "zzz", "e", "something-else", String(repeating: "x", count: 10_000)])
    func `a word unlike all others has no nearest`(typed: String) {
        #expect(["checksum", "exif-metadata", "pdf-text"].nearest(to: typed) == nil)
    }
}
