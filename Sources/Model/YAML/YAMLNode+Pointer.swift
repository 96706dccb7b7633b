extension YAMLNode {
    /// A problem at the place that a pointer into this node's JSON leads to, or as near to it as something is written.
    package func problem(at pointer: JSONPointer, _ message: String, hint: String? = nil) -> Problem {
        var node = self
        var place = place
        walk: for step in pointer.steps {
            switch (step, node.content) {
            case (.key(let key), .mapping(let members)):
                guard let member = members.first(where: { $0.key == key }) else { break walk }
                (node, place) = (member.value, member.place)
            case (.index(let index), .sequence(let elements)) where elements.indices.contains(index):
                node = elements[index]
                place = node.place
            default: break walk
            }
        }
        let path = node.path
        return Problem(.invalidConfiguration, "\(place): \(path.isEmpty ? "" : path + ": ")\(message)", hint: hint)
    }

    /// The node as a schema of this project; each mistake in it is reported at its own place.
    package func schema(_ problems: inout ProblemList) -> JSONSchema? {
        guard let source = problems.attempt({ () throws(Problem) in try value }) else { return nil }
        do throws(SchemaFaults) {
            return try JSONSchema.compile(source)
        } catch {
            for fault in error.faults { problems.add(problem(at: fault.pointer, fault.message, hint: fault.hint)) }
            return nil
        }
    }
}
