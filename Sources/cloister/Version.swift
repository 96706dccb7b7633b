/// The version of this daemon and its commands.
enum Version {
    static let current = "0.1.0"
}
