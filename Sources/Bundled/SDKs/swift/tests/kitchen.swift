// A plugin that does one thing per tool, for the tests of the SDK; compiled together with it.
import Glibc

@main
enum Kitchen {
    struct Defect: Error {}

    static func main() {
        let plugin = Plugin("kitchen", version: "1.2.3")
        plugin.checkConfiguration { configuration in
            guard configuration["language"] != "klingon" else {
                throw Failure(.invalidConfiguration, "no such language: klingon")
            }
        }
        plugin.tool("echo") { _, input in input }
        plugin.tool("print") { _, _ in
            print("a stray line")
            return [:]
        }
        plugin.tool("sleep") { call, input in
            try await rest(call, input["ms"]?.integer ?? 0)
            return ["slept": true]
        }
        plugin.tool("progress") { call, input in
            let steps = input["steps"]?.integer ?? 0
            for step in 1...steps {
                try await rest(call, input["ms"]?.integer ?? 0)
                try call.progress(Double(step), of: Double(steps), "step by step")
            }
            return [:]
        }
        plugin.tool("log") { _, input in
            plugin.log(.warning, input["message"]?.string ?? "")
            return [:]
        }
        plugin.tool("fail") { _, _ in throw Failure(.conflict, "taken: the name", hint: "choose another") }
        plugin.tool("defect") { _, _ in throw Defect() }
        plugin.tool("settings") { _, _ in plugin.configuration }
        plugin.tool("long") { _, input in .string(String(repeating: "x", count: input["bytes"]?.integer ?? 0)) }
        addRequests(to: plugin)
        plugin.filter("shout") { call, value, context in
            let run: JSON = .string(call.run ?? "")
            return ["was": value, "hook": .string(call.hook ?? ""), "run": run, "depth": context["depth"] ?? .null]
        }
        plugin.action("note") { call, value, _ in try await call.store(value, at: "noted") }
        plugin.run()
    }

    private static func rest(_ call: Call, _ milliseconds: Int) async throws {
        for _ in 0..<(milliseconds / 5) {
            try? await Task.sleep(for: .milliseconds(5))
            try call.check()
        }
    }

    private static func addRequests(to plugin: Plugin) {
        plugin.tool("keep") { call, input in
            let key = input["key"]?.string ?? ""
            let was = try await call.stored(key)
            try await call.store(input["value"] ?? .null, at: key)
            return ["was": was]
        }
        plugin.tool("keys") { call, input in
            let (prefix, limit) = (input["prefix"]?.string, input["limit"]?.integer)
            let (keys, cursor) = try await call.storedKeys(prefix: prefix, limit: limit)
            return ["keys": .array(keys.map(JSON.string)), "more": .bool(cursor != nil)]
        }
        plugin.tool("drop") { call, input in
            ["deleted": .bool(try await call.deleteStored(input["key"]?.string ?? ""))]
        }
        plugin.tool("copy") { call, input in
            let document = try await call.open(input["document"]?.string ?? "")
            let path = (input["folder"]?.string ?? "") + "/copy"
            let (from, to) = (fopen(document.path, "r"), fopen(path, "w"))
            guard let from, let to else { throw Failure(.pluginFailed, "cannot copy") }
            var bytes = [UInt8](repeating: 0, count: 4096)
            while case let size = fread(&bytes, 1, bytes.count, from), size > 0 { fwrite(bytes, 1, size, to) }
            fclose(from)
            fclose(to)
            return try await call.create(path, name: document.name, mediaType: document.mediaType).json
        }
        plugin.tool("secret") { call, input in
            ["length": .integer(Int64(try await call.secret(input["name"]?.string ?? "").count))]
        }
        plugin.tool("emit") { call, input in
            try await call.emit("kitchen.cooked", input["value"] ?? .null)
            return [:]
        }
        plugin.tool("try") { call, input in
            do {
                return ["value": try await call.stored(input["key"]?.string ?? "")]
            } catch let failure as Failure {
                return ["code": .integer(Int64(failure.code.rawValue))]
            }
        }
    }
}
