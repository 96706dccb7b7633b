import Model
import Tenancy

extension DomainSettings {
    /// Reads the key `domains` of `cloister.yaml`; files are relative to `folder`.
    init(_ node: YAMLNode, folder: String) throws(Problem) {
        var mapping = try node.mapping
        self.init(base: try Self.name(try mapping.required("base")))
        if let node = mapping.take("target") { target = try Self.name(node) }
        if let node = mapping.take("addresses") {
            addresses = try node.sequence.map { (node) throws(Problem) in
                guard let address = Address(try node.line(limit: 64)) else { throw node.problem("not an IP address", hint: "as 203.0.113.7") }
                return address
            }
        }
        if let node = mapping.take("hosts") {
            hosts = Set(
                try node.sequence.map { (node) throws(Problem) in
                    let text = try node.line(limit: 253)
                    return try node.located { () throws(Problem) in try Host(text).description }
                })
        }
        if let node = mapping.take("name-server") { nameServer = try Self.server(node) }
        if let node = mapping.take("certificates") {
            var certificates = try node.mapping
            if let node = certificates.take("port") { port = try node.integer(in: 1...65535) }
            if let node = certificates.take("trust") {
                trust = try node.sequence.map { (node) throws(Problem) in Path.absolute(try node.line(limit: 1024), from: folder) }
            }
            try certificates.finish()
        }
        try mapping.finish()
    }

    private static func name(_ node: YAMLNode) throws(Problem) -> DomainName {
        let text = try node.line(limit: 253)
        return try node.located { () throws(Problem) in try DomainName(text) }
    }

    /// `ADDRESS` or `ADDRESS:PORT`.
    private static func server(_ node: YAMLNode) throws(Problem) -> NameServer {
        let parts = try node.line(limit: 64).split(separator: ":", omittingEmptySubsequences: false)
        let port = parts.count == 2 ? UInt16(parts[1]) : 53
        guard parts.count <= 2, case .four(let address)? = Address(parts[0]), let port, port > 0 else {
            throw node.problem("not a name server", hint: "an IPv4 address, with :PORT where it is not 53")
        }
        return NameServer(address: address, port: port)
    }
}
