import Control
import Model
import NIOCore
import Plugins
import Store

extension DaemonHandler {
    func hooks(of id: TenantID) async throws(Problem) -> JSONValue {
        _ = try await daemon.store.tenant(id)
        let board = try await daemon.host.hooks.board(of: id)
        return [
            "events": .array(
                board.events.map { event, places in
                    [
                        "name": .string(event.name), "kind": .string(event.kind.rawValue), "summary": .string(event.summary),
                        "handlers": .array(places.map(\.json)),
                    ]
                })
        ]
    }

    func run(_ request: HookRunRequest) async throws(Problem) -> ByteBuffer {
        Self.write(
            try await daemon.host.trace(request.event, request.value, document: request.document, for: request.tenant))
    }

    func emit(_ request: HookRunRequest) async throws(Problem) -> ByteBuffer {
        Self.write(
            try await daemon.host.emit(request.event, request.value, document: request.document, for: request.tenant))
    }

    /// The value goes out as it is; only the turns are written here.
    private static func write(_ report: HookReport) -> ByteBuffer {
        let failure: JSONValue =
            report.failure.map {
                ["code": .string($0.code.rawValue), "message": .string($0.message), "hint": JSONValue($0.hint)]
            } ?? .null
        let rest: JSONValue = ["failure": failure, "steps": .array(report.steps.map { $0.json(of: nil) })]
        var buffer = ByteBuffer()
        buffer.writeBytes(rest.bytes.dropLast())
        buffer.writeStaticString(#","value":"#)
        buffer.writeImmutableBuffer(report.value)
        buffer.writeStaticString("}")
        return buffer
    }
}

extension HookBoard.Place {
    fileprivate var json: JSONValue {
        let hook = attachment.hook
        return [
            "plugin": .string(attachment.handler.plugin.rawValue), "handler": .string(attachment.handler.name),
            "kind": .string(hook.kind.rawValue), "priority": JSONValue(hook.priority),
            "deadline": .string(hook.deadline.text), "onFailure": .string(hook.onFailure.rawValue),
            "state": .string(verdict != nil ? "set aside" : isGranted ? "ready" : "not granted"),
            "reason": JSONValue(verdict),
        ]
    }
}

extension HookReport.Step {
    /// One turn, of an event where there is more than one.
    func json(of event: String?) -> JSONValue {
        var members: [String: JSONValue] = [
            "plugin": .string(attachment.handler.plugin.rawValue), "handler": .string(attachment.handler.name),
            "priority": JSONValue(attachment.hook.priority), "microseconds": .integer(duration.nanoseconds / 1000),
        ]
        if let event { members["event"] = .string(event) }
        switch outcome {
        case .done: members["outcome"] = "done"
        case .skipped(let reason):
            members["outcome"] = "skipped"
            members["reason"] = .string(reason)
        case .failed(let problem):
            members["outcome"] = "failed"
            members["reason"] = .string(problem.message)
        }
        if let change { members["changes"] = Self.changes(change.before, change.after) }
        return .object(members)
    }

    private static func changes(_ before: ByteBuffer, _ after: ByteBuffer) -> JSONValue {
        guard let old = try? JSONValue.parse(Array(before.readableBytesView)),
            let new = try? JSONValue.parse(Array(after.readableBytesView))
        else { return [] }
        return .array(
            JSONDifference(from: old, to: new).changes.map { change in
                switch change {
                case .add(let path, let value): ["op": "add", "path": .string(path), "value": value]
                case .remove(let path, let value): ["op": "remove", "path": .string(path), "from": value]
                case .replace(let path, let from, let to):
                    ["op": "replace", "path": .string(path), "from": from, "value": to]
                }
            })
    }
}
