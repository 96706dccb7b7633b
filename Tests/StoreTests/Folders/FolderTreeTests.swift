import Foundation
import Glibc
import Model
import Testing

@testable import Store

struct FolderTreeTests {
    /// A folder nested so deep that no path reaches its bottom.
    private func makeDeepTree(at path: String, levels: Int) {
        mkdir(path, 0o700)
        var here = open(path, O_RDONLY | O_DIRECTORY)
        for _ in 0..<levels {
            mkdirat(here, "a-rather-long-name-for-a-folder", 0o700)
            let inner = openat(here, "a-rather-long-name-for-a-folder", O_RDONLY | O_DIRECTORY)
            close(here)
            here = inner
        }
        let file = openat(here, "file", O_WRONLY | O_CREAT, 0o600)
        write(file, [UInt8](repeating: 1, count: 65_536), 65_536)
        close(file)
        close(here)
    }

    @Test(.timeLimit(.minutes(1))) func `a tree deeper than any path is removed`() async throws {
        try await StoreFixture.withFolder { (path: String) async throws in
            makeDeepTree(at: path + "/deep", levels: 3000)
            try FolderRemoval.remove(path + "/deep")
            #expect(!StoreFixture.exists(path + "/deep"))
        }
    }

    @Test func `links are removed, not followed`() async throws {
        try await StoreFixture.withFolder { (path: String) async throws in
            mkdir(path + "/kept", 0o700)
            try Data("x".utf8).write(to: URL(fileURLWithPath: path + "/kept/file"))
            mkdir(path + "/gone", 0o700)
            mkdir(path + "/gone/inner", 0o700)
            symlink(path + "/kept", path + "/gone/link")
            symlink(path + "/kept", path + "/gone/inner/link")
            symlink("..", path + "/gone/inner/up")
            mkfifo(path + "/gone/inner/pipe", 0o600)
            try FolderRemoval.remove(path + "/gone")
            symlink(path + "/kept", path + "/itself")
            try FolderRemoval.remove(path + "/itself")
            #expect(StoreFixture.exists(path + "/kept/file"))
            #expect(!StoreFixture.exists(path + "/gone") && !StoreFixture.exists(path + "/itself"))
            try FolderRemoval.remove(path + "/never-was")
        }
    }

    @Test func `closed folders, many files and names of an earlier removal are no obstacle`() async throws {
        try await StoreFixture.withFolder { (path: String) async throws in
            for name in [
                "/top", "/top/.removing-0", "/top/.removing-0/x", "/top/a", "/top/a/.removing-0", "/top/a/b",
                "/top/a/b/c",
            ] {
                mkdir(path + name, 0o700)
            }
            for index in 0..<500 {
                try Data().write(to: URL(fileURLWithPath: path + "/top/a/b/\(index)"))
                try Data().write(to: URL(fileURLWithPath: path + "/top/.removing-0/x/\(index)"))
            }
            chmod(path + "/top/a/b", 0)
            chmod(path + "/top/a", 0o500)
            try FolderRemoval.remove(path + "/top")
            #expect(!StoreFixture.exists(path + "/top"))
        }
    }

    @Test func `disk usage counts blocks, each file once, and follows no link`() async throws {
        try await StoreFixture.withFolder { (path: String) async throws in
            #expect(FolderUsage.measure(path + "/none").size == ByteSize(bytes: 0))
            let empty = FolderUsage.measure(path).size.bytes
            try Data(repeating: 1, count: 1 << 20).write(to: URL(fileURLWithPath: path + "/a"))
            Glibc.link(path + "/a", path + "/b")
            symlink("/usr", path + "/c")
            truncate(path + "/sparse", 1 << 30)
            let used = FolderUsage.measure(path).size.bytes - empty
            #expect((1 << 20...(1 << 20) + 16_384).contains(used), "\(used)")
            makeDeepTree(at: path + "/deep", levels: 1000)
            #expect(FolderUsage.measure(path).size.bytes - used >= 65_536)
        }
    }
}
