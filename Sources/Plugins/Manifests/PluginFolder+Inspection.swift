import Glibc
package import Model

extension PluginFolder {
    /// Everything that is wrong with a plugin's folder as far as it shows without starting it, all at once, and the
    /// manifest where it can be read. `profiles` are the names of the sandbox profiles that there are.
    package static func inspect(_ path: String, profiles: [String]) -> (manifest: Manifest?, problems: ProblemList) {
        var problems = ProblemList()
        guard let resolved = realpath(path, nil) else {
            problems.add(Problem(.notFound, "plugin folder not found: \(path)"))
            return (nil, problems)
        }
        defer { free(resolved) }
        let folder = String(cString: resolved)
        let file = "\(folder)/\(Manifest.fileName)"
        guard access(file, F_OK) == 0 else {
            problems.add(
                Problem(.notFound, "no plugin in \(path)", hint: "a plugin's folder holds a file \(Manifest.fileName)"))
            return (nil, problems)
        }
        let loaded = problems.attempt { () throws(Problem) in try YAMLNode.load(file: file, named: Manifest.fileName) }
        guard let node = loaded else { return (nil, problems) }
        let manifest = problems.attempt { () throws(Problem) in try Manifest(node) }
        if var root = try? node.mapping {
            if let profile = root.take("profile"), let name = try? profile.string(), !profiles.contains(name) {
                problems.add(
                    profile.problem(
                        "unknown profile: \(name.prefix(80))",
                        hint: profiles.nearest(to: name).map { "did you mean \($0)?" }
                            ?? "there are: \(profiles.sorted().joined(separator: ", "))"))
            }
            if let manifest, let words = try? root.take("command")?.sequence {
                let plugin = PluginFolder(path: folder, manifest: manifest)
                _ = problems.attempt { () throws(Problem) in try plugin.checkExecutable() }
                _ = problems.attempt { () throws(Problem) in try plugin.checkScript(words) }
            }
        }
        for hidden in unreadable(folder) {
            problems.add(
                Problem(
                    .invalidConfiguration, "\(hidden): the plugin's own user cannot read it",
                    hint: "chmod -R a+rX \(path)"))
        }
        return (manifest, problems)
    }

    /// Files and folders that not everybody may read; looks at 10,000 entries at most, and at nothing hidden.
    private static func unreadable(_ folder: String) -> [String] {
        var found: [String] = []
        var left = 10_000
        var folders = [""]
        while let relative = folders.popLast(), left > 0, let directory = opendir(folder + relative) {
            defer { closedir(directory) }
            while left > 0, let entry = readdir(directory) {
                let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                    String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
                }
                guard !name.hasPrefix(".") else { continue }
                left -= 1
                var status = stat()
                guard lstat("\(folder)\(relative)/\(name)", &status) == 0 else { continue }
                let isFolder = status.st_mode & S_IFMT == S_IFDIR
                guard isFolder || status.st_mode & S_IFMT == S_IFREG else { continue }
                if status.st_mode & (isFolder ? 0o005 : 0o004) != (isFolder ? 0o005 : 0o004) {
                    found.append("\(relative.dropFirst())\(relative.isEmpty ? "" : "/")\(name)")
                } else if isFolder {
                    folders.append("\(relative)/\(name)")
                }
            }
        }
        return found.sorted()
    }
}
