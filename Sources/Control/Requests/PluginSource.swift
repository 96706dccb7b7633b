package import Model

/// Where a plugin to run lies: in a folder, or under its name in one of the daemon's plugin folders.
package enum PluginSource: Hashable, Sendable {
    /// An absolute path on the daemon's machine.
    case folder(String)
    case named(PluginID)

    /// What starts with a slash is a path, anything else a name.
    package init(_ text: String) throws(Problem) {
        guard text.utf8.first == UInt8(ascii: "/") else {
            self = .named(try PluginID(text))
            return
        }
        // A NUL byte would end the path early for the kernel, and then another folder would be meant.
        guard text.utf8.count < 4096, !text.utf8.contains(0) else {
            throw Problem(.invalidInput, "not a path: \(text.prefix(80).debugDescription)")
        }
        self = .folder(text)
    }

    package var text: String {
        switch self {
        case .folder(let path): path
        case .named(let id): id.rawValue
        }
    }
}
