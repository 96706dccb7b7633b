/// One entry of a package's layer, as its archive tells it.
struct LayerEntry: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case file
        case folder
        case link(target: String)
        /// Devices, FIFOs, sockets, hard links: nothing that a package may hold.
        case foreign(String)
    }

    /// Below the plugin's folder, without a slash at either end.
    let path: String
    let kind: Kind
    /// Permission bits with setuid, setgid and sticky.
    let mode: UInt32
    let size: Int64

    var isExecutable: Bool { mode & 0o100 != 0 }
}
