import CLinux
import Glibc
package import Model
package import Store

/// Unpacked packages, each in a folder named by its digest, shared by all tenants and never changed.
///
/// A folder of that name is whole, whatever crashes: a package is unpacked beside it, flushed, and then renamed.
package struct PackageShelf: Sendable {
    let path: String
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

    /// Removes every package that is not among `kept`, and what an earlier run did not finish. Blocks.
    package func sweep(keeping kept: Set<BlobDigest>) throws(Problem) {
        let names = Set(kept.map(\.hexadecimal))
        for name in try entries() where !names.contains(name) {
            var doomed = "\(path)/\(name)"
            if !name.hasPrefix(Self.unfinished) {
                // First out of sight, so that half a package is never found under its digest.
                doomed = "\(path)/\(Self.unfinished)\(name)"
                guard rename("\(path)/\(name)", doomed) == 0 else { throw Problem(file: doomed, "cannot move the package") }
            }
            try FolderRemoval.remove(doomed)
        }
    }

    private func entries() throws(Problem) -> [String] {
        guard let stream = opendir(path) else {
            if errno == ENOENT { return [] }
            throw Problem(file: path, "cannot read the folder")
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = UnsafeRawPointer(entry).advanced(by: MemoryLayout<dirent>.offset(of: \.d_name)!)
                .assumingMemoryBound(to: CChar.self)
            names.append(String(cString: name))
        }
        return names.filter { $0 != "." && $0 != ".." }
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
