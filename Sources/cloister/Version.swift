extension Cloister {
    /// The version of the daemon and of its commands.
    static let version = "0.1.0"
}
