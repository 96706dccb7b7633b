import CLinux
import Glibc
package import Model
import Store

/// Makes packages out of plugins' folders.
package enum PackageBuilder {
    /// Packs a folder into `output`, or into `ID-VERSION.cloister` in `folderForOutput`, and reads the result as a host
    /// would. The same names, contents and execute permissions make the same bytes, whenever and by whomever. Blocks.
    package static func pack(
        _ folder: String, to output: String?, or folderForOutput: String, limits: PackageLimits = PackageLimits()
    ) throws(Problem) -> (package: PackageFile, path: String) {
        let (manifest, description) = try read(folder)
        let entries = try FolderListing.entries(of: folder, limits: limits)
        try checkCommand(manifest, entries, folder)
        let path = output ?? "\(folderForOutput)/\(manifest.id)-\(manifest.version)\(PackageFormat.suffix)"
        // The layer's digest stands before the layer in the package, so it lies in a file without a name meanwhile.
        let parent = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let temporary = OpenFile(owning: cloister_nameless_file(parent))
        guard temporary.number >= 0 else {
            throw Problem(
                errno == ENOENT ? .notFound : .permissionDenied, "cannot write into \(parent)",
                cause: String(cString: strerror(errno)))
        }
        try LayerWriter.write(entries, of: folder, to: temporary.number, limits: limits)
        let layer = try PackageSource(file: "/proc/self/fd/\(temporary.number)")
        let whole = 0..<layer.size
        let configuration = description.bytes
        let image = PackageImage(
            title: manifest.id.rawValue, version: manifest.version.description,
            configuration: ContentDescriptor(PackageFormat.configurationType, of: configuration),
            layer: ContentDescriptor(PackageFormat.layerType, digest: try layer.digest(of: whole), size: layer.size))
        try PackageWriter.write(image, configuration: configuration, layer: layer, whole, to: path)
        do throws(Problem) {
            return (try PackageFile.open(try PackageSource(file: path), limits: limits), path)
        } catch {
            unlink(path)
            throw error
        }
    }

    private static func read(_ folder: String) throws(Problem) -> (Manifest, JSONValue) {
        let path = "\(folder)/\(Manifest.fileName)"
        do throws(Problem) {
            let node = try YAMLNode.load(file: path, named: Manifest.fileName)
            return (try Manifest(node), try node.value)
        } catch {
            guard error.code == .notFound else { throw error }
            throw Problem(
                .notFound, "no plugin in \(folder)", hint: "a plugin's folder holds a file \(Manifest.fileName)")
        }
    }

    /// A command inside the folder must be there; what lies elsewhere is the host's affair.
    private static func checkCommand(
        _ manifest: Manifest, _ entries: [LayerEntry], _ folder: String
    ) throws(Problem) {
        guard let path = manifest.packedCommand else { return }
        guard entries.contains(where: { $0.path == path }) else {
            throw Problem(
                .invalidConfiguration, "\(manifest.commandPlace): command[0]: not in the package: \(path)",
                hint: "the folder holds no such file, or it is one of those that are not packed")
        }
        do throws(Problem) {
            try Executable.check("\(folder)/\(path)")
        } catch {
            throw Problem(
                .invalidConfiguration, "\(manifest.commandPlace): command[0]: \(error.message)", hint: error.hint,
                cause: error.cause)
        }
    }
}

extension Manifest {
    /// Where the executable lies in the plugin's folder; nil where the command names one of the system's.
    var packedCommand: String? {
        let command = command[0]
        if command.hasPrefix("/plugin/") { return String(command.dropFirst("/plugin/".count)) }
        if command.hasPrefix("/") { return nil }
        return command.hasPrefix("./") ? String(command.dropFirst(2)) : command
    }
}
