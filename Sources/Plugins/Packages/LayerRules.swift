import Model

/// Decides entry by entry whether the content of a layer may come onto a disk. Pure.
///
/// Whatever was admitted lies below the plugin's folder in folders that were admitted before, is a file, a folder or a
/// link that stays inside, and stays within the limits.
struct LayerRules {
    private let limits: PackageLimits
    private let packedSize: Int64
    private var folders: Set<String> = [""]
    private var names: Set<String> = []
    private var unpacked: Int64 = 0

    /// `packedSize` is what the layer takes as a file.
    init(_ limits: PackageLimits, packedSize: Int64) {
        self.limits = limits
        self.packedSize = packedSize
    }

    /// Throws `invalidInput` for an entry that must not be unpacked.
    mutating func admit(_ entry: LayerEntry) throws(Problem) {
        let components = try components(of: entry.path)
        guard entry.mode & 0o7000 == 0 else { throw refusal(entry, "set-user, set-group and sticky bits have no place in a package") }
        guard names.count < limits.entries else { throw refusal(entry, "more than \(limits.entries) files and folders") }
        guard names.insert(entry.path).inserted else { throw refusal(entry, "is there twice") }
        guard folders.contains(components.dropLast().joined(separator: "/")) else {
            throw refusal(entry, "does not lie in a folder of the package")
        }
        switch entry.kind {
        case .folder: folders.insert(entry.path)
        case .file: try count(entry.size, entry)
        case .link(let target): try checkLink(target, depth: components.count - 1, entry)
        case .foreign(let kind): throw refusal(entry, "is a \(kind); a package holds files, folders and links")
        }
    }

    /// Bytes that came without being announced, for archives that lie about sizes.
    func check(_ read: Int64, of entry: LayerEntry) throws(Problem) {
        guard read <= entry.size else { throw refusal(entry, "is larger than it says") }
    }

    private func components(of path: String) throws(Problem) -> [Substring] {
        func refusal(_ reason: String) -> Problem {
            Problem(.invalidInput, "package entry \(String(path.prefix(120)).debugDescription): \(reason)")
        }
        guard !path.isEmpty, !path.hasPrefix("/") else { throw refusal("not a path below the plugin's folder") }
        guard path.utf8.count <= limits.path else { throw refusal("longer than \(limits.path) bytes") }
        guard !path.unicodeScalars.contains(where: \.isControl) else {
            throw refusal("a control character in its name")
        }
        let components = path.split(separator: "/", omittingEmptySubsequences: false)
        guard components.count <= limits.depth else { throw refusal("deeper than \(limits.depth) folders") }
        for component in components {
            guard !component.isEmpty, component != ".", component != ".." else {
                throw refusal("not a plain path below the plugin's folder")
            }
            guard component.utf8.count <= limits.name else { throw refusal("a name longer than \(limits.name) bytes") }
        }
        return components
    }

    private mutating func count(_ size: Int64, _ entry: LayerEntry) throws(Problem) {
        guard size >= 0, size <= limits.unpacked.bytes - unpacked else {
            throw refusal(entry, "the package unpacks to more than \(limits.unpacked)")
        }
        unpacked += size
        guard unpacked <= limits.ratioFrom.bytes || unpacked / limits.ratio <= packedSize else {
            throw refusal(
                entry, "the package unpacks to more than \(limits.ratio) times its size, as archives do that are made to harm")
        }
    }

    /// `..` may only lead the target: there every folder passed is a real one, while a `..` behind a link would go up
    /// from wherever that leads.
    private func checkLink(_ target: String, depth: Int, _ entry: LayerEntry) throws(Problem) {
        guard !target.isEmpty, !target.hasPrefix("/"), target.utf8.count <= limits.path else {
            throw refusal(entry, "a link that leaves the package")
        }
        let components = target.split(separator: "/", omittingEmptySubsequences: true)
        let rises = components.prefix { $0 == ".." }.count
        guard rises <= depth, !components.dropFirst(rises).contains("..") else {
            throw refusal(entry, "a link that leaves the package")
        }
    }

    private func refusal(_ entry: LayerEntry, _ reason: String) -> Problem {
        Problem(.invalidInput, "package entry \(entry.path): \(reason)")
    }
}
