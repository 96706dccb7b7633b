import Glibc
package import Model
package import Store

/// A folder that holds a plugin, checked as far as that is possible without starting it.
package struct PluginFolder: Sendable {
    /// Absolute and without symbolic links.
    package let path: String
    package let manifest: Manifest

    /// Opens a plugin's folder.
    ///
    /// The path must be absolute; it is resolved here, so that what it is changed to later means nothing. Throws
    /// `notFound` where nothing is, `permissionDenied` for `/` and for whatever overlaps the data folder but an installed package, and
    /// `invalidConfiguration` with file, line and column for the manifest and the executable it names.
    package static func open(_ path: String, dataFolder: StoreFolder) throws(Problem) -> PluginFolder {
        try open(path, dataFolder: dataFolder, ManifestMemory())
    }

    /// As above; a manifest that the memory has is not read again.
    static func open(_ path: String, dataFolder: StoreFolder, _ memory: ManifestMemory) throws(Problem) -> PluginFolder {
        let path = try resolve(path, dataFolder)
        let file = "\(path)/\(Manifest.fileName)"
        var status = stat()
        guard lstat(file, &status) == 0 else {
            guard errno == ENOENT else {
                throw Problem(
                    .permissionDenied, "cannot read the plugin folder: \(path)",
                    hint: "let the daemon's user read it and what lies above it",
                    cause: String(cString: strerror(errno)))
            }
            throw Problem(
                .notFound, "no plugin in \(path)", hint: "a plugin's folder holds a file \(Manifest.fileName)")
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw Problem(.invalidConfiguration, "not a regular file: \(file)")
        }
        let stamp = FileStamp(status)
        let manifest: Manifest
        if let known = memory.find(file, stamp) {
            manifest = known
        } else {
            manifest = try Manifest(try YAMLNode.load(file: file, named: Manifest.fileName))
            memory.keep(manifest, at: file, stamp)
        }
        let folder = PluginFolder(path: path, manifest: manifest)
        try folder.checkExecutable()
        return folder
    }

    private static func resolve(_ path: String, _ data: StoreFolder) throws(Problem) -> String {
        guard path.hasPrefix("/"), !path.utf8.contains(0) else {
            throw Problem(.invalidInput, "plugin folder is not an absolute path: \(path)")
        }
        guard let resolved = realpath(path, nil) else {
            switch errno {
            case ENOENT, ENOTDIR: throw Problem(.notFound, "plugin folder not found: \(path)")
            default:
                throw Problem(
                    .permissionDenied, "cannot open the plugin folder: \(path)",
                    hint: "let the daemon's user read it and what lies above it",
                    cause: String(cString: strerror(errno)))
            }
        }
        defer { free(resolved) }
        let place = String(cString: resolved)
        var status = stat()
        guard stat(place, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw Problem(
                .invalidInput, "not a folder: \(path)", hint: "name the folder that holds \(Manifest.fileName)")
        }
        guard place != "/" else {
            throw Problem(.permissionDenied, "the root of the file system is no plugin folder")
        }
        let isPackage = place.hasPrefix(data.packagesPath + "/") && !place.dropFirst(data.packagesPath.count + 1).contains("/")
        guard isPackage || !data.overlaps(place) else {
            throw Problem(
                .permissionDenied, "plugin folder overlaps the data folder: \(path)",
                hint: "what runs must not lie among what it writes; move it out of \(data.path)")
        }
        return place
    }

    /// Where the command's executable is on this host.
    package var executablePath: String {
        let command = manifest.command[0]
        if command.hasPrefix("/plugin/") { return path + command.dropFirst("/plugin".count) }
        if command.hasPrefix("./") { return path + command.dropFirst() }
        return command.hasPrefix("/") ? command : "\(path)/\(command)"
    }

    /// Throws what stands in the way of executing the command, with its place in the manifest.
    func checkExecutable() throws(Problem) {
        do throws(Problem) {
            try Executable.check(executablePath)
        } catch {
            throw Problem(
                .invalidConfiguration, "\(manifest.commandPlace): command[0]: \(error.message)",
                hint: error.hint ?? hintForMissingExecutable, cause: error.cause)
        }
    }

    private var hintForMissingExecutable: String? {
        let command = manifest.command[0]
        guard access(executablePath, F_OK) != 0 else { return nil }
        if !command.contains("/"), let program = Executable.systemProgram(named: command) {
            return "the command starts with a path: \(program)"
        }
        let isOwn = executablePath.hasPrefix(path + "/")
        return isOwn && access("\(path)/Makefile", F_OK) == 0 ? "build it first: make -C \(path)" : nil
    }
}
