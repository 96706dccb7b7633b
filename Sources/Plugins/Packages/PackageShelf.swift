import CLinux
import Glibc
package import Model
package import Store
import Synchronization

/// Unpacked packages, each in a folder named by its digest, shared by all tenants and never changed.
///
/// A folder of that name is whole, whatever crashes: a package is unpacked beside it, flushed, and then renamed.
package final class PackageShelf: Sendable {
    private struct Claims {
        /// Packages that somebody is about to need, by how many.
        var held: [BlobDigest: Int] = [:]
        /// Those that were claimed since the sweep that is under way began.
        var recent: Set<BlobDigest> = []
    }

    let path: String
    private let claims = Mutex(Claims())
    /// Told after each file that was unpacked.
    private let progress: @Sendable () -> Void

    package init(_ folder: StoreFolder, progress: @escaping @Sendable () -> Void = {}) {
        path = folder.packagesPath
        self.progress = progress
    }

    package func place(of digest: BlobDigest) -> String { "\(path)/\(digest.hexadecimal)" }

    package func contains(_ digest: BlobDigest) -> Bool { access(place(of: digest), F_OK) == 0 }

    /// Puts a package there, if it is not there yet. Blocks. Leaves nothing behind where it throws.
    package func put(_ package: PackageFile) throws(Problem) {
        guard !contains(package.digest) else { return }
        try StoreFolder.create(path)
        let stage = "\(path)/\(Self.unfinished)\(String(UInt64.random(in: .min ... .max), radix: 16))"
        guard mkdir(stage, 0o755) == 0 else { throw Problem(file: stage, "cannot make the folder") }
        do throws(Problem) {
            let progress = progress
            try UnpackThread.run(in: stage) { () throws(Problem) in try package.unpack(progress: progress) }
            try finish(stage, at: place(of: package.digest))
        } catch {
            try? FolderRemoval.remove(stage)
            throw error
        }
    }

    /// Keeps a package from being swept away while `body` runs, whether it is there yet or not.
    package func holding<Value: Sendable>(
        _ digest: BlobDigest, _ body: () async throws(Problem) -> Value
    ) async throws(Problem) -> Value {
        hold(digest)
        defer { letGo(digest) }
        return try await body()
    }

    /// Keeps a package from being swept away until `letGo`.
    func hold(_ digest: BlobDigest) {
        claims.withLock { claims in
            claims.held[digest, default: 0] += 1
            claims.recent.insert(digest)
        }
    }

    func letGo(_ digest: BlobDigest) {
        claims.withLock { claims in
            let count = claims.held[digest, default: 1] - 1
            claims.held[digest] = count == 0 ? nil : count
        }
    }

    /// Removes every package that is not among `kept` and that nobody holds, and what an earlier run did not finish.
    ///
    /// `kept` is asked once; who claims a package after that keeps it, also when he has let go of it meanwhile. One sweep
    /// at a time. Blocks but for `kept`.
    package func sweep(keeping kept: () async throws(Problem) -> Set<BlobDigest>) async throws(Problem) {
        claims.withLock { $0.recent = Set($0.held.keys) }
        let names = Set(try await kept().map(\.hexadecimal))
        try await Blocking.run { [self] () throws(Problem) in
            for name in try FolderNames.list(path) where !names.contains(name) {
                if let doomed = try hide(name) { try FolderRemoval.remove(doomed) }
            }
        }
    }

    /// Takes a folder out of sight, so that half a package is never found under its digest; nil where somebody needs it.
    private func hide(_ name: String) throws(Problem) -> String? {
        guard let digest = BlobDigest("sha256:" + name) else {
            // What is being unpacked belongs to somebody who holds its package.
            return claims.withLock { $0.held.isEmpty } ? "\(path)/\(name)" : nil
        }
        let doomed = "\(path)/\(Self.unfinished)\(name)"
        let outcome: Int32? = claims.withLock { claims in
            claims.held[digest] == nil && !claims.recent.contains(digest) ? rename("\(path)/\(name)", doomed) : nil
        }
        guard let outcome else { return nil }
        guard outcome == 0 else { throw Problem(file: doomed, "cannot move the package") }
        return doomed
    }

    /// All of it is on disk before it has its name: syncfs(2) takes one call where fsync takes one per file.
    private func finish(_ stage: String, at place: String) throws(Problem) {
        guard chmod(stage, 0o555) == 0, let folder = OpenFile(stage, O_RDONLY | O_DIRECTORY), cloister_sync_file_system(folder.number) == 0 else {
            throw Problem(file: stage, "cannot write the package to disk")
        }
        guard rename(stage, place) == 0 else { throw Problem(file: place, "cannot keep the package") }
        try OpenFile.synchronizeFolder(path)
    }

    private static let unfinished = ".unfinished-"
}

extension PackageFile {
    /// Unpacks into the working folder of the calling thread.
    fileprivate func unpack(progress: @escaping @Sendable () -> Void) throws(Problem) {
        let reader = LayerReader(source: source, range: layer, digest: image.layer.digest, limits: limits)
        var unpacking = try LayerUnpacking(progress: progress)
        let outcome: Result<Void, Problem>
        do throws(Problem) { outcome = .success(try reader.read(into: &unpacking)) } catch { outcome = .failure(error) }
        let closed: Result<Void, Problem>
        do throws(Problem) { closed = .success(try unpacking.close()) } catch { closed = .failure(error) }
        try outcome.get()
        try closed.get()
    }
}
