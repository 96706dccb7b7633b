import Foundation
import Glibc
import Model
import Testing

@testable import Store

struct StoreFolderTests {
    @Test func `a new data folder is open to its owner only, whatever the umask`() async throws {
        try await StoreFixture.withFolder { (path: String) async throws in
            let folder = try StoreFolder(path + "/a/b/data")
            #expect(StoreFixture.mode(folder.path) == 0o700)
            #expect(StoreFixture.mode(folder.tenantsPath) == 0o700)
            chmod(folder.path, 0o755)
            _ = try StoreFolder(folder.path)
            #expect(StoreFixture.mode(folder.path) == 0o700)
        }
    }

    @Test func `a place that cannot be a data folder is refused with the reason`() async throws {
        try await StoreFixture.withFolder { (path: String) async throws in
            func problem(_ path: String) -> String {
                do throws(Problem) {
                    _ = try StoreFolder(path)
                    return "accepted"
                } catch {
                    return error.description
                }
            }
            #expect(problem("data") == "data folder is not an absolute path: data")
            #expect(problem("/").hasPrefix("data folder must not be the root of the file system"))
            try Data().write(to: URL(fileURLWithPath: path + "/file"))
            #expect(problem(path + "/file") == "data folder is not a folder: \(path)/file")
            #expect(problem(path + "/file/inside").hasPrefix("cannot make the folder: \(path)/file"))
            if geteuid() == 0 {
                try FileManager.default.createDirectory(atPath: path + "/foreign", withIntermediateDirectories: false)
                chown(path + "/foreign", 4321, 4321)
                #expect(
                    problem(path + "/foreign")
                        == "data folder belongs to another user: \(path)/foreign (run as the user with the number 4321, or use another data folder)"
                )
            }
        }
    }

    @Test func `links are resolved, and what lies inside or around overlaps`() async throws {
        try await StoreFixture.withFolder { (path: String) async throws in
            let folder = try StoreFolder(path + "/data")
            symlink(path + "/data", path + "/link")
            let same = try StoreFolder(path + "/link")
            #expect(same == folder)
            #expect(folder.overlaps(folder.path))
            #expect(folder.overlaps(folder.path + "/tenants/a"))
            #expect(folder.overlaps(path) && folder.overlaps("/"))
            #expect(!folder.overlaps(path + "/data2") && !folder.overlaps(path + "/dat"))
        }
    }

    @Test func `a second daemon is refused and told who owns the folder`() async throws {
        try await StoreFixture.withFolder { (path: String) async throws in
            var first: Store? = try await Store.open(path)
            let error = await #expect(throws: Problem.self) { try await Store.open(path) }
            #expect(error?.code == .conflict)
            #expect(
                error?.description
                    == "data folder in use by process \(getpid()): \(path) (stop that daemon, or serve another folder with --data)"
            )
            await first?.close()
            first = nil
            // The lock goes with the store, not with the file.
            await (try Store.open(path)).close()
        }
    }

    @Test func `the lock is not inherited by children`() async throws {
        try await StoreFixture.withFolder { (path: String) async throws in
            let folder = try StoreFolder(path)
            let lock = try StoreLock(folder)
            let held = Self.descriptors(of: folder.lockPath)
            #expect(held.count == 1)
            for descriptor in held { #expect(fcntl(descriptor, F_GETFD) & FD_CLOEXEC != 0) }
            _ = consume lock
        }
    }

    @Test func `a child that has not executed its program yet keeps no other daemon out`() async throws {
        try await StoreFixture.withFolder { (path: String) async throws in
            let folder = try StoreFolder(path)
            var lock: StoreLock? = try StoreLock(folder)
            // What a fork leaves in the child: the same open file.
            let copy = dup(try #require(Self.descriptors(of: folder.lockPath).first))
            #expect(lock != nil)
            lock = nil
            lock = try StoreLock(folder)
            lock = nil
            // A daemon that was killed cannot give it back; its child does, when it executes its program.
            #expect(flock(copy, LOCK_EX | LOCK_NB) == 0)
            let child = Thread { usleep(200_000); close(copy) }
            child.start()
            _ = try StoreLock(folder)
        }
    }

    private static func descriptors(of path: String) -> [Int32] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []).filter { descriptor in
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/" + descriptor)) == path
        }.compactMap { Int32($0) }
    }
}
