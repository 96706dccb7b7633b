package import Model
package import NIOCore
package import Wire

/// How one child is spoken to in its own protocol: the messages that open the conversation, what a call, a sign of life
/// and an end look like in it.
///
/// A value, made anew for each life of a child. It decides and does nothing itself: what is to be done it returns, what
/// came of it is handed back. Runs on the child's event loop, so nothing in it may take long.
package protocol ChildDialect: Sendable {
    /// How the child learns that a call was given up.
    var cancellation: Peer.Cancellation { get }
    /// Whether calls are put into other words. Where not, they go out and come back as they are and `request` and
    /// `answer` are not asked: that is the path on which every microsecond counts.
    var translates: Bool { get }
    /// Asked while nothing else shows that the child is alive; nil where its process says enough.
    var signOfLife: DialectMessage? { get }
    /// Sent before the child's input is closed; nil where closing it is all.
    var farewell: DialectMessage? { get }

    /// The first steps, once the process is there.
    mutating func open() -> [DialectStep]
    mutating func handle(_ event: DialectEvent) -> [DialectStep]

    /// A call of the host's in this protocol's words. Throws where the protocol has none for it.
    func request(_ call: DialectMessage, as id: MessageID) throws(Problem) -> DialectMessage
    /// What the child's answer to a call of the host's means to the host. `method` is the host's.
    func answer(to method: String, _ answer: ByteBuffer) throws(Problem) -> ByteBuffer
    /// What becomes of a request of the child's.
    func inbound(_ method: String) -> DialectReply
    /// A record of the child's log, from the parameters of what was handed back as `DialectStep.log`.
    func logRecord(_ parameters: ByteBuffer?) -> (level: String, text: String)?
}

/// A method with its parameters, which are one valid JSON text.
package struct DialectMessage: Sendable, Equatable {
    package let method: String
    package let parameters: ByteBuffer

    package init(_ method: String, _ parameters: ByteBuffer) {
        self.method = method
        self.parameters = parameters
    }

    package init(_ method: String, _ parameters: JSONValue = [:]) {
        self.init(method, ByteBuffer(bytes: parameters.bytes))
    }
}

/// What a dialect wants done.
package enum DialectStep: Sendable, Equatable {
    /// Asks the child and hands the answer back under the number; `silent` instead where none came in time.
    case ask(Int, DialectMessage, within: Duration?)
    case tell(DialectMessage)
    /// Hands `waited` back after a while.
    case wait(Int, Duration)
    /// The conversation is open: calls may come.
    case opened
    case failed(ExitReason)
    /// What the dialect knows of the child has changed since it was opened.
    case changed
    case progress(Progress)
    /// A record of the child's own log.
    case log(ByteBuffer?)
    /// Something that the child's owner should know, in the words of a log: `info`, `warning`.
    case note(String, level: String)
}

package enum DialectEvent: Sendable, Equatable {
    case answered(Int, Result<ByteBuffer, Problem>)
    case silent(Int)
    case waited(Int)
    case notified(String, ByteBuffer?)
}

/// What a request of the child's gets.
package enum DialectReply: Sendable, Equatable {
    /// Whatever the host says to it.
    case host
    case result(ByteBuffer)
    case unknownMethod
    /// No answer and a strike: the protocol does not let the child ask.
    case strike(String)
}
