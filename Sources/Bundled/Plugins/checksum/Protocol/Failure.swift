/// What a caller is told instead of an output. The codes are those of `cloister/1` and of JSON-RPC 2.0.
struct Failure: Error {
    enum Code: Int {
        case parseError = -32700
        case invalidRequest = -32600
        case unknownMethod = -32601
        case invalidParameters = -32602
        case deadlineExceeded = -31997
        case cancelled = -31996
        case notFound = -31994
        case pluginFailed = -31990
        case unsupported = -31989
    }

    let code: Code
    let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    var json: String { "{\"code\":\(code.rawValue),\"message\":\(JSON.quoted(message))}" }
}
