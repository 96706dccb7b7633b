import Model
import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Why a connection ended.
package enum CloseReason: Sendable, Equatable {
    /// The other side closed it, or its end of it.
    case endOfFile
    /// This side called `close`.
    case requested
    /// A line over the limit, or the last strike that is borne.
    case violation(ProtocolViolation)
    /// The channel failed; says how.
    case failed(String)
}

extension CloseReason: CustomStringConvertible {
    package var description: String {
        switch self {
        case .endOfFile: "the other side closed the connection"
        case .requested: "closed by this side"
        case .violation(let violation): violation.description
        case .failed(let description): description
        }
    }
}

extension CloseReason {
    /// The reason behind an error of a channel. What a closed pipe or socket looks like to a writer is an end of file
    /// too.
    init(channelError error: any Error) {
        switch error {
        case ChannelError.eof, ChannelError.ioOnClosedChannel, ChannelError.alreadyClosed, ChannelError.outputClosed:
            self = .endOfFile
        case let error as IOError where [EPIPE, ECONNRESET].contains(error.errnoCode): self = .endOfFile
        default: self = .failed(PrintableText.text(of: String(describing: error)))
        }
    }

    /// What a call gets that can have no answer any more.
    var problem: Problem {
        Problem(.unreachable, "the connection is closed", cause: description)
    }
}
