/// Reads the members of a mapping strictly: each by name, and nothing unknown left over.
package struct YAMLMapping: Sendable {
    /// The mapping itself, for problems that concern all of it.
    package let node: YAMLNode
    /// The members that nobody took yet, in the order of the file.
    package private(set) var members: [YAMLMember]
    private var known: [String] = []

    init(_ node: YAMLNode, _ members: [YAMLMember]) {
        self.node = node
        self.members = members
    }

    /// Takes a member out; one without a value counts as absent.
    package mutating func take(_ name: String) -> YAMLNode? {
        known.append(name)
        guard let index = members.firstIndex(where: { $0.key == name }) else { return nil }
        let value = members.remove(at: index).value
        return value.isNull ? nil : value
    }

    /// Takes a member out that must be there.
    package mutating func required(_ name: String) throws(Problem) -> YAMLNode {
        guard let value = take(name) else {
            let path = node.path.isEmpty ? name : "\(node.path).\(name)"
            throw Problem(.invalidConfiguration, "\(node.place): \(path): missing")
        }
        return value
    }

    /// One problem for each member that nobody asked for, with the key that was probably meant. Call last.
    package var unknown: [Problem] {
        members.map { member in
            let near = known.filter { !$0.isEmpty }.nearest(to: member.key).map { "did you mean \($0)?" }
            return Problem(
                .invalidConfiguration, "\(member.place): \(member.value.path): unknown key",
                hint: near ?? "known here: \(known.sorted().joined(separator: ", "))")
        }
    }

    /// Throws what `unknown` finds. Call last.
    package func finish() throws(Problem) {
        var list = ProblemList()
        for problem in unknown { list.add(problem) }
        try list.finish()
    }
}
