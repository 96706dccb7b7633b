import Model
import Plugins
import Tenancy
import Workflows

/// Carries the effects of workflows out: tools of the tenant's plugins, events for its hooks, requests, messages and notices for
/// its people.
struct WorkflowInvoker: StepInvoker {
    let host: PluginHost
    let requests: WorkflowRequests
    let connectors: any ConnectorPort
    let notifications: Notifications
    let tell: @Sendable (TenantID, Notice) async -> Void

    func invoke(
        _ call: Call, key: String, for tenant: TenantID, keeping keep: @escaping ContentKeeper
    ) async -> PlannerEvent.Outcome {
        do throws(Problem) {
            switch call {
            case .tool(let plugin, let tool, let input):
                let output = try await host.call(tool, of: plugin, for: tenant, input: input.text, key: key)
                return .success(.inline(output))
            case .emit(let event, let input):
                let count = try await host.tell(own: event, input.text, for: tenant)
                return .success(.inline(#"{"handlers":\#(count)}"#))
            case .http(let action, let request, let timeout):
                return try await requests.send(action, request, within: timeout, key: key, for: tenant, keeping: keep)
            case .notify(let action, let form):
                let form = try JSONValue.parse(form.text, as: "the message")
                let message = try PeopleMessage(
                    to: action.recipients, title: form["subject"]?.spoken ?? "", text: form["text"]?.spoken ?? "", key: key)
                let sent = try await notifications.send(message, of: tenant)
                return .success(.inline(JSONValue.object(["to": .array(sent.map(JSONValue.string))]).compactText))
            case .connector(let action, let input): return await connectors.perform(action, input, key: key, for: tenant)
            case .workflow, .approval: return .failure(StepError("unsupported", "not an effect of the outside"))
            }
        } catch {
            return error.mayHaveHappened ? .lost(StepError(error)) : .failure(StepError(error))
        }
    }

    func keep(
        _ bytes: [UInt8], as document: DocumentID, named name: String, mediaType: String?, for tenant: TenantID
    ) async throws(Problem) -> JSONValue {
        .object(try await host.store(bytes, as: document, named: name, mediaType: mediaType, for: tenant).details)
    }

    func drop(_ documents: [String], of tenant: TenantID) async -> [String] {
        var gone: [String] = []
        for text in documents {
            guard let id = DocumentID(rawValue: text) else {
                gone.append(text)
                continue
            }
            do throws(Problem) {
                try await host.discard(id, of: tenant)
                gone.append(text)
            } catch {
                if error.code == .notFound { gone.append(text) }
            }
        }
        return gone
    }

    func ask(_ people: [String], _ request: ApprovalRequest, for tenant: TenantID) async {
        let whom = people.prefix(10).joined(separator: ", ")
        let text = "\(request.title) (\(request.isReminder ? "still " : "")asked of \(whom); run \(request.run), step \(request.step))"
        await tell(tenant, Notice(.workflowApproval, about: request.run.rawValue, text))
    }

    func announce(_ event: RunEvent, for tenant: TenantID) async {
        var value: [String: JSONValue] = [
            "run": .string(event.run.rawValue), "workflow": .string(event.workflow.rawValue), "version": JSONValue(event.version),
        ]
        if let error = event.error { value["error"] = ["code": .string(error.code), "message": .string(error.message)] }
        await host.tell("workflow.\(event.kind.rawValue)", .object(value), for: tenant)
        guard event.kind == .failed else { return }
        let reason = event.error?.message ?? "it failed"
        await tell(
            tenant, Notice(.workflowFailed, about: event.workflow.rawValue, "Run \(event.run) of workflow \(event.workflow) failed: \(reason)"))
    }
}

extension JSONValue {
    /// As people read it: a text as it is, nothing for null, anything else as JSON.
    fileprivate var spoken: String { isNull ? "" : string ?? compactText }
}
