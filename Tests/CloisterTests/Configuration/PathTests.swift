import Testing

@testable import cloister

struct PathTests {
    @Test(arguments: [
        ("/a/b", "/x", "/a/b"), ("b", "/a", "/a/b"), ("./b/../c", "/a", "/a/c"), ("../../..", "/a", "/"), ("/a//b/./c/", "/", "/a/b/c"),
        ("", "/a", "/a"),
    ])
    func `a path is absolute and plain`(path: String, folder: String, expected: String) {
        #expect(Path.absolute(path, from: folder) == expected)
    }

    @Test func `a path has a folder and a name`() {
        #expect(Path.folder(of: "/a/b") == "/a")
        #expect(Path.folder(of: "/a") == "/")
        #expect(Path.folder(of: "a") == ".")
        #expect(Path.name(of: "/a/b.jpg") == "b.jpg")
        #expect(Path.name(of: "/a/b/") == "b")
    }
}
