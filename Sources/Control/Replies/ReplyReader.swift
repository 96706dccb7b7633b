import Model

/// Reads the members of a daemon's reply. Unknown members are passed over: a newer daemon may say more.
struct ReplyReader {
    private let value: JSONValue
    private let subject: String

    init(_ value: JSONValue, _ subject: String) throws(Problem) {
        guard value.object != nil else {
            throw Problem(.internalFault, "\(subject): expected object, found \(value.kind)")
        }
        self.value = value
        self.subject = subject
    }

    subscript(name: String) -> JSONValue? {
        guard let member = value[name], !member.isNull else { return nil }
        return member
    }

    func string(_ name: String) throws(Problem) -> String { try require(name, self[name]?.string) }
    func integer(_ name: String) throws(Problem) -> Int64 { try require(name, self[name]?.integer) }
    func number(_ name: String) throws(Problem) -> Double { try require(name, self[name]?.number) }
    func bool(_ name: String) throws(Problem) -> Bool { try require(name, self[name]?.bool) }
    func strings(_ name: String) throws(Problem) -> [String] {
        try require(name, self[name]?.array).compactMap(\.string)
    }

    func list<Element>(
        _ name: String, _ make: (JSONValue) throws(Problem) -> Element
    ) throws(Problem) -> [Element] {
        var elements: [Element] = []
        for element in try require(name, self[name]?.array) { elements.append(try make(element)) }
        return elements
    }

    private func require<Value>(_ name: String, _ member: Value?) throws(Problem) -> Value {
        guard let member else {
            throw Problem(
                .internalFault, "\(subject): /\(name): missing or of another kind than expected",
                hint: "is the daemon another version than this command? compare cloister --version and cloister status")
        }
        return member
    }
}
