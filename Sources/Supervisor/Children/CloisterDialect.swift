package import Model
package import NIOCore
package import Wire

/// `cloister/1`, the protocol of the house: one `initialize`, and calls as they are.
package struct CloisterDialect: ChildDialect {
    private let greeting: ByteBuffer
    private let accept: @Sendable (ByteBuffer) throws(Problem) -> Void

    /// `greeting` are the parameters of `initialize`; `accept` checks the answer, and a problem ends the child.
    package init(greeting: ByteBuffer, accept: @escaping @Sendable (ByteBuffer) throws(Problem) -> Void) {
        self.greeting = greeting
        self.accept = accept
    }

    package var cancellation: Peer.Cancellation { .cloister }
    package var translates: Bool { false }
    package var signOfLife: DialectMessage? { DialectMessage("ping") }
    package var farewell: DialectMessage? { DialectMessage("shutdown") }

    package mutating func open() -> [DialectStep] { [.ask(0, DialectMessage("initialize", greeting), within: nil)] }

    package mutating func handle(_ event: DialectEvent) -> [DialectStep] {
        switch event {
        case .answered(_, .success(let answer)):
            do throws(Problem) {
                try accept(answer)
                return [.opened]
            } catch {
                return [.failed(ExitReason(.protocolViolation, "`initialize`: \(error)"))]
            }
        case .answered(_, .failure(let problem)):
            return [.failed(ExitReason(.protocolViolation, "`initialize` refused: \(problem)"))]
        case .notified("log", let parameters): return [.log(parameters)]
        case .notified("progress", let parameters): return Progress(parameters).map { [.progress($0)] } ?? []
        case .notified, .silent, .waited: return []
        }
    }

    package func request(_ call: DialectMessage, as id: MessageID) throws(Problem) -> DialectMessage { call }

    package func answer(to method: String, _ answer: ByteBuffer) throws(Problem) -> ByteBuffer { answer }

    package func inbound(_ method: String) -> DialectReply { .host }

    /// `{level, message, …}`.
    package func logRecord(_ parameters: ByteBuffer?) -> (level: String, text: String)? {
        guard let parameters else { return nil }
        let value = parameters.withUnsafeReadableBytes { try? JSONValue.parse($0) }
        return (value?["level"]?.string ?? "info", value?["message"]?.string ?? value?.compactText ?? "")
    }
}
