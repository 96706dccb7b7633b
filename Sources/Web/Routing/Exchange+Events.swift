import HTTPTypes
import HummingbirdCore
import Model
import NIOCore
import Synchronization

extension Exchange {
    /// Events that wait for a client to read.
    private static let mostWaiting = 1000

    /// What an operation tells while it runs, as server-sent events until it ends or the client leaves. Who reads slowly holds the
    /// operation up. Where it fails, the last event says so: `{"problem": …}`. While nothing is told, comments are, so that nobody
    /// on the way takes the connection for dead. Lines of a log have an `id`; whoever says it again as `Last-Event-ID` is told what
    /// came after, as far as it is kept.
    func following(_ operation: String, _ members: [String: JSONValue]) -> Answer {
        var answer = Answer()
        let seen = request.headers[.lastEventID].flatMap { LogPosition($0) }
        answer.headers[.cacheControl] = "no-store"
        answer.content = .stream(type: "text/event-stream", length: nil) { writer in
            let (events, continuation) = AsyncStream<JSONValue>.makeStream()
            let waiting = Backlog()
            try await withThrowingTaskGroup(of: Void.self) { group in
                // Who has gone is noticed only when something is written.
                group.addTask {
                    while (try? await Task.sleep(for: streams.heartbeat)) != nil { if waiting.count == 0 { continuation.yield(.null) } }
                }
                group.addTask {
                    defer { continuation.finish() }
                    do {
                        try await streams.run {
                            _ = try await perform(operation, members) { event in
                                if let seen, let place = LogPosition(of: event), seen.covers(place) { return }
                                while waiting.count >= Self.mostWaiting { try await Task.sleep(for: .milliseconds(20)) }
                                waiting.add(1)
                                continuation.yield(event)
                            }
                        }
                    } catch let problem as Problem {
                        continuation.yield(["problem": ["code": .string(problem.code.rawValue), "message": .string(problem.description)]])
                    }
                }
                defer { group.cancelAll() }
                try await writer.write(ByteBuffer(string: ": \(id)\n\n"))
                for await event in events {
                    if !event.isNull { waiting.add(-1) }
                    guard !event.isNull else {
                        try await writer.write(ByteBuffer(string: ":\n\n"))
                        continue
                    }
                    let place = LogPosition(of: event).map { "id: \($0.text)\n" } ?? ""
                    try await writer.write(ByteBuffer(string: "\(place)data: \(event.compactText)\n\n"))
                }
            }
            try await writer.finish(nil)
        }
        return answer
    }
}

/// How many events nobody has read yet.
private final class Backlog: Sendable {
    private let value = Mutex(0)

    var count: Int { value.withLock { $0 } }

    func add(_ change: Int) { value.withLock { $0 += change } }
}
