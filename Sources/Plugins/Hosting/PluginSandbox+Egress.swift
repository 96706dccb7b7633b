extension PluginSandbox {
    /// The port on which a child finds its way out, in a network of its own where nothing else is.
    package static let egressPort: UInt16 = 3128

    /// How programs are told of it. curl reads the lower-case names, most others either. No host is an exception, for
    /// there is no other way.
    static var proxyVariables: [String: String] {
        let proxy = "http://127.0.0.1:\(egressPort)"
        var variables = ["NO_PROXY": "", "no_proxy": "", "NODE_USE_ENV_PROXY": "1"]
        for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
            variables[name] = proxy
            variables[name.lowercased()] = proxy
        }
        return variables
    }
}
