import Glibc
package import Model

/// The profiles of an installation, by name: every `NAME.yaml` of a folder.
package struct ProfileLibrary: Sendable, Equatable {
    package let profiles: [String: Profile]

    /// Reads a folder. One invalid file refuses the whole, with every mistake that was found, because a profile that is
    /// silently missing would be found out by a plugin that does not start.
    package static func load(folder: String) throws(Problem) -> ProfileLibrary {
        var documents: [String: YAMLNode] = [:]
        var problems = ProblemList()
        for file in try names(in: folder) {
            let node = problems.attempt { () throws(Problem) in
                try YAMLNode.load(file: "\(folder)/\(file)")
            }
            documents[String(file.dropLast(".yaml".count))] = node
        }
        try problems.finish()
        guard !documents.isEmpty else {
            throw Problem(
                .invalidConfiguration, "no profiles in \(folder)", hint: "set `profiles:` to the folder with default.yaml")
        }
        return try ProfileLibrary(documents)
    }

    package init(_ documents: [String: YAMLNode]) throws(Problem) {
        var problems = ProblemList()
        var layers: [String: ProfileLayer] = [:]
        for (name, node) in documents.sorted(by: { $0.key < $1.key }) {
            layers[name] = problems.attempt { () throws(Problem) in try ProfileLayer(name: name, node) }
        }
        try problems.finish()
        var profiles: [String: Profile] = [:]
        for (name, node) in documents.sorted(by: { $0.key < $1.key }) {
            profiles[name] = problems.attempt { () throws(Problem) in
                let chain = try Self.chain(from: name, layers)
                return try Self.profile(name, chain, node)
            }
        }
        try problems.finish()
        self.profiles = profiles
    }

    /// The profile that a manifest names, or `notFound` with the name that was probably meant.
    package func profile(named name: String) throws(Problem) -> Profile {
        guard let profile = profiles[name] else {
            let names = profiles.keys.sorted()
            throw Problem(
                .notFound, "profile not found: \(name.prefix(63))",
                hint: names.nearest(to: name).map { "did you mean \($0)?" } ?? "there are: \(names.joined(separator: ", "))")
        }
        return profile
    }

    /// The layers of a profile, the one that extends nothing first.
    private static func chain(from name: String, _ layers: [String: ProfileLayer]) throws(Problem) -> [ProfileLayer] {
        var chain: [ProfileLayer] = []
        var next = layers[name]
        while let layer = next {
            chain.insert(layer, at: 0)
            guard let base = layer.base, let node = layer.extends else { break }
            if chain.contains(where: { $0.name == base }) {
                let way = chain.reversed().map(\.name) + [base]
                throw node.problem("a profile that extends itself: \(way.joined(separator: " → "))")
            }
            guard let below = layers[base] else {
                throw node.problem(
                    "unknown profile: \(base)", hint: layers.keys.sorted().nearest(to: base).map { "did you mean \($0)?" })
            }
            next = below
        }
        return chain
    }

    private static func profile(_ name: String, _ chain: [ProfileLayer], _ node: YAMLNode) throws(Problem) -> Profile {
        var profile = Profile(name: name)
        for layer in chain { for setting in layer.settings { setting(&profile) } }
        profile.systemCalls = try SystemCallPolicy(layers: chain)
        guard !profile.systemCalls.rules.isEmpty else {
            throw node.problem("system-calls: missing", hint: "list them, or write `extends: default`")
        }
        if profile.refusesWritableCode { profile.systemCalls.refuseWritableCode() }
        return profile
    }

    private static func names(in folder: String) throws(Problem) -> [String] {
        guard let directory = opendir(folder) else {
            throw Problem(
                .invalidConfiguration, "cannot read the folder of profiles: \(folder)",
                hint: "set `profiles:` in the configuration", cause: Problem.text(ofError: errno))
        }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasSuffix(".yaml"), !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }
}
