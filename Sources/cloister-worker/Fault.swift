import CJQ

/// Why an evaluation gave no values.
struct Fault: Error, Equatable {
    enum Kind: String { case syntax, evaluation, limit }

    var kind: Kind
    var message: String
    var line: Int?
    var column: Int?

    init(_ kind: Kind, _ message: String, line: Int? = nil, column: Int? = nil) {
        self.kind = kind
        self.message = message
        self.line = line
        self.column = column
    }

    func append(to text: inout cjq_text) {
        text.append("{\"fault\":{\"kind\":\"\(kind.rawValue)\",\"message\":")
        text.append(quoted: message)
        if let line { text.append(",\"line\":\(line)") }
        if let column { text.append(",\"column\":\(column)") }
        text.append("}}")
    }
}
