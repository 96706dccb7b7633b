import Control
import Glibc
import HostTesting
import Model
import NIOCore
import Plugins

@testable import cloister

/// A real sealed plugin for tests: its tools ask the host whatever a test wants asked, and its handlers do what their
/// names say.
enum AskingPlugin {
    private static let program = """
        import json, os, sys, threading, time
        lock, waiting, state, last = threading.Lock(), {}, {"grants": [], "told": []}, [0]
        def send(message):
            with lock:
                sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\\n"); sys.stdout.flush()
        def ask(method, params):
            with lock:
                last[0] += 1
                name = "q%d" % last[0]
            done = threading.Event(); waiting[name] = [done, None]
            send({"id": name, "method": method, "params": params})
            done.wait(20)
            return waiting.pop(name)[1]
        def tool(name, input, id):
            if name == "ask": return ask(input["method"], input.get("params", {}))
            if name == "asks": return [ask(m, p) for m, p in input["all"]]
            if name == "state": return state
            if name == "write":
                os.makedirs(os.path.dirname(input["path"]), exist_ok=True)
                with open(input["path"], "wb") as file: file.write(bytes(input["bytes"])) if "bytes" in input else file.write(input["text"].encode())
                return {}
            if name == "link": os.symlink(input["to"], input["path"]); return {}
            if name == "fifo": os.mkfifo(input["path"]); return {}
            if name == "read":
                with open(input["path"], "rb") as file: return {"text": file.read(1000).decode("utf-8", "replace")}
            if name == "exists": return os.path.exists(input["path"])
            if name == "open-read":
                opened = ask("document/open", {"document": input["document"]})
                with open(opened["result"]["path"], "rb") as file: return {**opened["result"], "text": file.read(1000).decode("utf-8", "replace")}
            if name == "flood":
                for number in range(input["count"]): send({"id": "f%d-%s" % (number, id), "method": "storage/get", "params": {"key": "k"}})
                return {}
            raise KeyError(name)
        def handle(handler, value, params):
            if handler.startswith("add-"): return value + [handler[4:]]
            if handler == "same": return value
            if handler == "slow": time.sleep(5); return value
            if handler == "fail": raise RuntimeError("it broke")
            if handler == "refuse": raise ValueError("not for me")
            if handler == "big": return "x" * (2 << 20)
            if handler == "exit": os._exit(3)
            if handler == "note": state["told"].append([params["hook"], value, params["context"]["depth"]]); return value
            if handler == "emit":
                state["told"].append([params["hook"], value, params["context"]["depth"]])
                state["emitted"] = ask("event/emit", {"event": value["event"], "value": value, "run": params["id"]})
                return value
            if handler == "rewrite":
                opened = ask("document/open", {"document": value["document"]["document"]})
                text = open(opened["result"]["path"]).read()
                open("/exchange/out/made.txt", "w").write(text.upper())
                made = ask("document/create", {"path": "/exchange/out/made.txt", "name": "made.txt", "mediaType": "text/plain"})
                return {"document": made["result"]}
            if handler == "earlier": return {"document": {"document": open("/data/earlier").read()}}
            if handler == "foreign": return {"document": {"document": "doc-0"}}
            if handler == "count":
                opened = ask("document/open", {"document": value["document"]["document"]})
                size = os.stat(opened["result"]["path"]).st_size
                return {**value, "metadata": {**value["metadata"], "File": {"Size": size}}}
            if handler == "lie": return {**value, "document": {"document": "doc-0", "name": "lie"}}
            raise KeyError(handler)
        def serve(m):
            try:
                p = m.get("params", {})
                if m["method"] == "tool/call": result = {"output": tool(p["name"], p["input"], m["id"])}
                else:
                    value = handle(p["handler"], p["value"], p)
                    result = {"value": value} if m["method"] == "hook/filter" else {}
                send({"id": m["id"], "result": result})
            except ValueError as error: send({"id": m["id"], "error": {"code": -32602, "message": str(error)}})
            except Exception as error: send({"id": m["id"], "error": {"code": -31990, "message": repr(error)}})
        for line in sys.stdin:
            m = json.loads(line)
            if "method" not in m:
                if m["id"] in waiting:
                    waiting[m["id"]][1] = {k: m[k] for k in ("result", "error") if k in m}; waiting[m["id"]][0].set()
            elif m["method"] == "initialize":
                state["grants"] = m["params"]["grants"]
                send({"id": m["id"], "result": {"name": "asking", "version": "1", "hooks": HANDLERS, "tools": TOOLS}})
            elif m["method"] == "grants/changed": state["grants"] = m["params"]["grants"]
            elif m["method"] in ("ping", "shutdown"): send({"id": m["id"], "result": {}})
            elif m["method"] in ("tool/call", "hook/filter", "hook/action"): threading.Thread(target=serve, args=(m,), daemon=True).start()

        """

    static let tools = ["ask", "asks", "state", "write", "link", "fifo", "read", "exists", "open-read", "flood"]

    private static func input(of tool: String) -> String {
        tool == "read" ? "{type: object, properties: {path: {type: string, format: document}}}" : "{type: object}"
    }

    /// Writes the plugin's folder; `more` are the permissions, hooks and events of its manifest.
    static func make(_ id: String = "asking", in folder: String, handlers: [String] = [], more: String = "") throws -> String {
        let place = "\(folder)/plugins-\(id)"
        mkdir(place, 0o755)
        func list(_ words: [String]) -> String { "[" + words.map { "\"\($0)\"" }.joined(separator: ",") + "]" }
        try FileCopy.write(
            "HANDLERS, TOOLS = \(list(handlers)), \(list(tools))\n" + program, to: place + "/main.py")
        try FileCopy.write(
            """
            id: \(id)
            name: \(id)
            version: 1.0.0
            description: asks what it is told to ask
            category: processing
            protocol: cloister/1
            profile: python
            command: [/usr/bin/python3, main.py]
            deadlines: {start: 10s, stop: 500ms}
            tools:
            \(tools.map { "  - {name: \($0), input: \(input(of: $0))}" }.joined(separator: "\n"))
            \(more)

            """, to: place + "/plugin.yaml")
        return place
    }
}

extension DaemonFixture {
    /// Runs an asking plugin with what its manifest asks for granted.
    func runAsking(_ id: String = "asking", handlers: [String] = [], more: String = "") async throws {
        let place = try AskingPlugin.make(id, in: folder, handlers: handlers, more: more)
        _ = try await send(.pluginRun(tenant, .folder(place), configuration: nil))
    }

    /// What the host answers the plugin: its `result`, or its `error`.
    func ask(_ method: String, _ parameters: JSONValue, by plugin: String = "asking") async throws -> JSONValue {
        try await call("ask", of: plugin, ["method": .string(method), "params": parameters])
    }

    /// Gives the tenant a document; its id.
    func put(_ text: String, named name: String = "note.txt") async throws -> String {
        let bytes = Array(text.utf8)
        let tenant = tenant
        let reply = try await ControlClient.withConnection(to: socket) { client in
            let begun = try await client.send(
                .documentBegin(tenant, try DocumentName(name), size: ByteSize(bytes: Int64(bytes.count))), deadline: .seconds(10))
            let handle = try DocumentHandle(try JSONValue.parse(Array(begun.readableBytesView))["handle"]?.string ?? "")
            _ = try await client.send(.documentAppend(handle, try DocumentChunk(ByteBuffer(bytes: bytes))), deadline: .seconds(10))
            _ = try await client.send(.documentFinish(handle), deadline: .seconds(10))
            return try await client.send(.documentKeep(handle), deadline: .seconds(60))
        }
        return try JSONValue.parse(Array(reply.readableBytesView))["document"]?.string ?? ""
    }

    func apply(_ event: String, _ value: JSONValue, document: String? = nil) async throws -> JSONValue {
        try await send(
            .hookApply(
                HookRunRequest(
                    tenant, event: event, value: ByteBuffer(bytes: value.bytes),
                    document: document.flatMap(DocumentID.init(rawValue:)))))
    }

    func reference(_ plugin: String = "asking") -> PluginReference {
        PluginReference(tenant: tenant, plugin: PluginID(unchecked: plugin))
    }
}
