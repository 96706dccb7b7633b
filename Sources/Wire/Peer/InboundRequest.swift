package import Model
package import NIOCore

/// A request of the other side that waits for its answer.
///
/// The first answer counts and later ones are ignored, as are answers after the connection has ended. May be handed to
/// other threads: an answer from outside the event loop hops to it.
package struct InboundRequest: Sendable {
    package let id: MessageID
    package let method: String
    /// One valid JSON text, an object or an array.
    package let parameters: ByteBuffer?

    /// Tells this request from a later one with the same identifier.
    let serial: UInt64
    let peer: NIOLoopBound<Peer>
    package let eventLoop: any EventLoop

    /// Answers with one valid JSON text.
    package func respond(_ result: ByteBuffer) {
        onLoop { $0.answer(id, serial: serial, with: .success(result)) }
    }

    package func fail(_ problem: Problem) {
        onLoop { $0.answer(id, serial: serial, with: .failure(RemoteError(problem))) }
    }

    /// Answers that there is no such method.
    package func failUnknownMethod() {
        onLoop { $0.answer(id, serial: serial, with: .failure(.methodNotFound(method))) }
    }

    /// Leaves it without an answer and counts a strike: a protocol in which the other side may not ask knows no answers.
    package func strike(_ reason: String) {
        onLoop { $0.reject(id, serial: serial, reason) }
    }

    private func onLoop(_ body: @escaping @Sendable (Peer) -> Void) {
        if eventLoop.inEventLoop {
            body(peer.value)
        } else {
            eventLoop.execute { body(peer.value) }
        }
    }
}
