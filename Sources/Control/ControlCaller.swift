/// Who is at the other end of a control connection, as the kernel recorded it when the connection was made
/// (`SO_PEERCRED`, unix(7)): the caller cannot choose these.
package struct ControlCaller: Hashable, Sendable, CustomStringConvertible {
    package let userID: UInt32
    package let groupID: UInt32
    /// The process that connected; it may have ended, or handed the connection on, since.
    package let processID: Int32
    /// Nil where the machine knows no name for the user.
    package let userName: String?
    /// Unique among the connections of this daemon's life.
    package let connection: UInt64

    package init(userID: UInt32, groupID: UInt32, processID: Int32, userName: String?, connection: UInt64) {
        self.userID = userID
        self.groupID = groupID
        self.processID = processID
        self.userName = userName
        self.connection = connection
    }

    package var description: String { "\(userName ?? String(userID)) (process \(processID))" }
}
