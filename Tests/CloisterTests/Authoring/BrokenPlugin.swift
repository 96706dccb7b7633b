/// A plugin that keeps every rule of the protocol, and one variant of it for each rule, which breaks that rule alone.
enum BrokenPlugin {
    /// What is replaced in the program, and by what, to break the rule of that number.
    static let variants: [(rule: Int, old: String, new: String)] = [
        (1, "    # asked\n", "    if 'trace' in message:\n        sys.stdout.write('working\\n')\n"),
        (2, "# ended\n", "sys.stdout.write('{\"jsonrpc\"')\nsys.stdout.flush()\n"),
        (3, "    # read\n", "    if b'\\r' in line:\n        return\n"),
        (4, "    # gathered\n", "    if len(buffer) < 200 and b'\\n' not in buffer:\n        buffer = b''\n"),
        (5, "    # gathered\n", "    if buffer.count(b'\"ping\"') > 2:\n        buffer = buffer[:buffer.index(b'\\n') + 1]\n"),
        (6, "    # read\n", "    if len(line) > 4 << 20:\n        return\n"),
        (7, "    # asked\n", "    if isinstance(id, int) and id > 1 << 31:\n        id = float(id)\n"),
        (8, "    # asked\n", "    if isinstance(id, str):\n        id = id[:100]\n"),
        (9, "    # asked\n", "    if 'trace' in message:\n        return error(id, -32600, 'an unknown member')\n"),
        (10, "    # read\n", "    if line.startswith(b'{\"params\"'):\n        return\n"),
        (11, "    # asked\n", "    if message.get('params', 0) is None:\n        return error(id, -32602, 'null')\n"),
        (12, "-32601", "-32600"),
        (13, "    # told\n", "    if method.startswith('conformance'):\n        error(None, -32601, 'unknown')\n"),
        (14, "    # closing\n", "    send({'method': 7})\n"),
        (15, "    # closing\n", "    result(id, {})\n"),
        (16, "    # read\n", "    if line.count(b'[') > 200:\n        os._exit(1)\n"),
        (17, "    # read\n", "    if b'\\\\u' in line:\n        return\n"),
        (18, "        return  # not JSON\n", "        os._exit(1)\n"),
        (19, "'version': '1.0.0', ", ""),
        (20, "'tools': ['echo']", "'tools': []"),
        (21, "-31989", "-32602"),
        (22, "'output': params", "'result': params"),
        (23, "return error(id, -31994, 'no such tool')", "return result(id, {'output': None})"),
        (24, "return error(id, -32602, 'no name')", "return result(id, {'output': None})"),
        (25, "    # called\n", "    if calls > 5:\n        return\n"),
        (26, "    # pinged\n", "    if before == 'tool/call' and earlier < 1000:\n        return\n"),
        (27, "    # pinged\n", "    if cancels == 1 and deadline > 1:\n        os._exit(1)\n"),
        (28, "    # told\n", "    if cancels == 3:\n        error(params['id'], -31996, 'cancelled')\n"),
        (29, "    # called\n", "    if deadline == 1:\n        os._exit(1)\n"),
        (30, "    # called\n", "    if length > 1 << 20:\n        return\n"),
        (31, "return error(id, -31994, 'no such handler')", "return result(id, {'value': None})"),
        (32, "'done': 1", "'done': 'half'"),
        (33, "'level': 'info'", "'level': 'loud'"),
        (34, "'p%d' % calls", "'p1'"),
        (35, "    # called\n", "    if calls == 3 and not late:\n        late.append(message)\n        return\n"),
        (36, "# ended\n", "if closing:\n    time.sleep(60)\n"),
        (37, "# ended\n", "if count == 1:\n    time.sleep(60)\n"),
        (38, "# ended\n", "if count == 2 and calls == 1:\n    time.sleep(60)\n"),
    ]

    /// The program with one thing replaced; as it is without.
    static func program(_ variant: (rule: Int, old: String, new: String)? = nil) -> String {
        guard let variant else { return source }
        precondition(source.contains(variant.old), "rule \(variant.rule): nothing to replace")
        return source.replacing(variant.old, with: variant.new, maxReplacements: 1)
    }

    static let manifest = """
        id: broken
        name: Broken
        version: 1.0.0
        description: Keeps every rule but one
        category: processing
        protocol: cloister/1
        command: [/usr/bin/python3, -I, -S, plugin.py]
        tools:
          - {name: echo, description: Gives back what it gets, input: {type: object}}

        """

    private static let source = """
        import json, os, sys, time

        count = calls = cancels = earlier = length = deadline = 0
        before = method = None
        closing = False
        late = []


        def send(message):
            sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\\n")
            sys.stdout.flush()


        def result(id, value):
            send({"id": id, "result": value})


        def error(id, code, words):
            send({"id": id, "error": {"code": code, "message": words}})


        def take(line):
            global before, method, count, earlier, length
            # read
            try:
                message = json.loads(line)
            except ValueError:
                return  # not JSON
            if not isinstance(message, dict) or not isinstance(message.get("method"), str):
                return
            count += 1
            before, method, earlier, length = method, message["method"], length, len(line)
            if late and method != "shutdown":
                call(late.pop())
            params = message.get("params") or {}
            if "id" not in message:
                return tell(method, params)
            ask(message, message["id"], params)


        def tell(method, params):
            global cancels
            cancels += method == "cancel"
            # told


        def ask(message, id, params):
            # asked
            if not isinstance(params, dict):
                return error(id, -32602, "no object")
            if method == "initialize":
                if params.get("protocol") != "cloister/1":
                    return error(id, -31989, "this plugin speaks cloister/1")
                return result(id, {'name': 'broken', 'version': '1.0.0', 'hooks': [], 'tools': ['echo']})
            if method == "ping":
                return ping(id)
            if method == "shutdown":
                return close(id)
            if method in ("hook/filter", "hook/action"):
                return error(id, -31994, 'no such handler')
            if method == "tool/call":
                return call({**message, "id": id})
            error(id, -32601, "unknown method")


        def ping(id):
            # pinged
            result(id, {})


        def close(id):
            global closing
            closing = True
            # closing
            result(id, {})
            if late:
                call(late.pop())


        def call(message):
            global calls, deadline
            id, params = message["id"], message.get("params") or {}
            if not isinstance(params.get("name"), str):
                return error(id, -32602, 'no name')
            if params["name"] != "echo":
                return error(id, -31994, 'no such tool')
            calls += 1
            deadline = params.get("deadlineMs", 0)
            # called
            send({"method": "log", "params": {'level': 'info', "message": "called"}})
            send({"method": "progress", "params": {"id": id, 'done': 1, "total": 2}})
            send({"id": 'p%d' % calls, "method": "storage/get", "params": {"key": "x"}})
            result(id, {'output': params["input"]})


        buffer = b""
        while True:
            part = os.read(0, 1 << 20)
            if not part:
                break
            buffer += part
            # gathered
            while b"\\n" in buffer:
                line, _, buffer = buffer.partition(b"\\n")
                take(line)
        # ended

        """
}
