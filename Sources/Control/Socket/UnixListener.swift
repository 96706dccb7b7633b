package import Model
import Synchronization

/// A Unix socket that was bound with the care of the control socket, for another server to accept on.
package final class UnixListener: Sendable {
    /// Belongs to whoever accepts on it.
    package let descriptor: Int32
    private let file: Mutex<SocketFile?>

    private init(_ descriptor: Int32, _ file: consuming sending SocketFile?) {
        self.descriptor = descriptor
        self.file = Mutex(file)
    }

    /// As `ControlSocket.bind`: mode 0660, and the group where one is named.
    package static func bind(path: String, group: String? = nil) throws(Problem) -> UnixListener {
        let socket = try ControlSocket.bind(path: path, group: group)
        let descriptor = socket.listener.release()
        return UnixListener(descriptor, socket.file)
    }

    /// Removes the socket's file, when the last connection has ended.
    package func remove() { file.withLock { $0 = nil } }
}
