/// Where the daemon is in its life. Every request says in which of these states it is legal.
package enum DaemonState: String, Sendable, CaseIterable {
    /// Stores are being opened and children of the last run are being put away.
    case starting
    case ready
    /// The configuration is being read again; running children keep working.
    case reloading
    /// No new work is taken; what runs may finish until the stop deadline.
    case draining
}
