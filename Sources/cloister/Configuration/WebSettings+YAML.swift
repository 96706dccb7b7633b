import Model
import Tenancy
import Web

extension WebSettings {
    /// Reads the key `http` of `cloister.yaml`; relative paths start at `folder`.
    init(_ node: YAMLNode, folder: String) throws(Problem) {
        self.init()
        var mapping = try node.mapping
        if let node = mapping.take("listen") {
            addresses = try node.sequence.map { (node) throws(Problem) in
                let text = try node.line(limit: 1024)
                return try node.located { () throws(Problem) in try Address(text, folder: folder) }
            }
        }
        if let node = mapping.take("tls") { certificate = try Certificate(node, folder: folder) }
        if let node = mapping.take("limits") { limits = try Limits(node) }
        if let node = mapping.take("timeouts") { times = try Times(node) }
        if let node = mapping.take("rates") { rates = try RateLimits(node) }
        try mapping.finish()
    }
}

extension WebSettings.Address {
    /// `HOST:PORT`, `[IPv6]:PORT`, or a path with a slash in it.
    fileprivate init(_ text: String, folder: String) throws(Problem) {
        if text.contains("/") {
            self = .path(Path.absolute(text, from: folder))
            return
        }
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            throw Problem(
                .invalidConfiguration, "not an address: \(text.debugDescription)",
                hint: "127.0.0.1:8080, [::1]:8080, or the path of a Unix socket")
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard !host.isEmpty, host.contains(":") == text.hasPrefix("[") else {
            throw Problem(
                .invalidConfiguration, "not an address: \(text.debugDescription)",
                hint: "0.0.0.0:8080 for every address; an IPv6 address stands in brackets")
        }
        self = .network(host: String(host), port: Int(port))
    }
}

extension WebSettings.Certificate {
    fileprivate init(_ node: YAMLNode, folder: String) throws(Problem) {
        var mapping = try node.mapping
        let chain = try mapping.required("certificate").line(limit: 1024)
        let key = try mapping.required("key").line(limit: 1024)
        try mapping.finish()
        self.init(chain: Path.absolute(chain, from: folder), key: Path.absolute(key, from: folder))
    }
}

extension WebSettings.Limits {
    fileprivate init(_ node: YAMLNode) throws(Problem) {
        self.init()
        var mapping = try node.mapping
        if let node = mapping.take("connections") { connections = try node.integer(in: 1...1_000_000) }
        if let node = mapping.take("header") { header = try node.byteSize(in: .kibibytes(1) ... .mebibytes(1)) }
        // An event's value and a tool's input are at most 8 MiB in any case.
        if let node = mapping.take("body") { body = try node.byteSize(in: .kibibytes(1) ... .mebibytes(8)) }
        if let node = mapping.take("upload") { upload = try node.byteSize(in: .kibibytes(1)...ByteSize(bytes: .max)) }
        try mapping.finish()
    }
}

extension WebSettings.Times {
    fileprivate init(_ node: YAMLNode) throws(Problem) {
        self.init()
        let range = Duration.milliseconds(100) ... Duration.seconds(3600)
        var mapping = try node.mapping
        if let node = mapping.take("header") { header = try node.duration(in: range) }
        if let node = mapping.take("idle") { idle = try node.duration(in: range) }
        if let node = mapping.take("stall") { stall = try node.duration(in: range) }
        if let node = mapping.take("grace") { grace = try node.duration(in: range) }
        if let node = mapping.take("minimum-rate") { rate = try node.byteSize(in: ByteSize(bytes: 0) ... .mebibytes(1)) }
        try mapping.finish()
    }
}

extension RateLimits {
    /// Reads `{caller: {requests, window}, tenant: {requests, window}, webhook: {requests, window}}`.
    fileprivate init(_ node: YAMLNode) throws(Problem) {
        self.init()
        var mapping = try node.mapping
        if let node = mapping.take("caller") { caller = try RatePolicy(node) }
        if let node = mapping.take("tenant") { tenant = try RatePolicy(node) }
        if let node = mapping.take("webhook") { webhook = try RatePolicy(node) }
        try mapping.finish()
    }
}

extension RatePolicy {
    fileprivate init(_ node: YAMLNode) throws(Problem) {
        var mapping = try node.mapping
        let requests = try mapping.required("requests").integer(in: 1...Self.mostRequests)
        let window = try mapping.required("window").duration(in: .seconds(1) ... .seconds(Self.longestWindow))
        try mapping.finish()
        self.init(requests: requests, window: Int(window.components.seconds))
    }
}
