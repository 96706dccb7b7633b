import CLinux

/// What the launcher reports through its status pipe.
package enum LaunchStatus: Sendable, Equatable {
    /// Processor time and memory of the plugin and the children it waited for.
    package struct Usage: Sendable, Equatable {
        package var userMicroseconds: UInt64 = 0
        package var systemMicroseconds: UInt64 = 0
        /// The largest resident set of any one process.
        package var peakBytes: UInt64 = 0

        package init() {}

        init(_ status: launch_status) {
            userMicroseconds = status.user_microseconds
            systemMicroseconds = status.system_microseconds
            peakBytes = status.peak_bytes
        }
    }

    /// Namespaces exist; the number is pid 1 of the sandbox as the host sees it.
    case started(process: Int32)
    /// Nothing of the plugin ran. The step is in words, the detail a path or a name.
    case failed(step: String, error: Int32, detail: String)
    /// The plugin ended with this wait status (wait(2)).
    case exited(waitStatus: Int32, usage: Usage)
    /// The listener of the child's way out lies in the socket that it is sent through.
    case listening
    /// The plugin made a system call that its profile lists under `kill`.
    case filtered(systemCall: Int32)

    /// Bytes in one record.
    package static let recordSize = MemoryLayout<launch_status>.size

    /// Reads one record of exactly `recordSize` bytes; nil when the launcher wrote something else.
    package init?(record: UnsafeRawBufferPointer) {
        guard record.count == Self.recordSize else { return nil }
        let status = record.loadUnaligned(as: launch_status.self)
        switch launch_status_kind(rawValue: status.kind) {
        case LAUNCH_STARTED: self = .started(process: status.value)
        case LAUNCH_FAILED:
            let detail = withUnsafeBytes(of: status.detail) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            self = .failed(step: String(cString: launch_step_text(status.step)), error: status.error, detail: detail)
        case LAUNCH_EXITED:
            self = .exited(waitStatus: status.value, usage: Usage(status))
        case LAUNCH_LISTENING: self = .listening
        case LAUNCH_FILTERED: self = .filtered(systemCall: status.value)
        default: return nil
        }
    }
}
