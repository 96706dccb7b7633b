// PLUGIN_NAME: counts the lines and words of a text.
import CloisterPlugin
import Counting
import Glibc

let plugin = Plugin("PLUGIN_ID", version: "0.1.0")

plugin.tool("count") { call, input in
    guard let path = input["text"]?.string, let file = fopen(path, "re") else {
        throw Failure(.notFound, "the text cannot be read")
    }
    defer { fclose(file) }
    var count = Count(minimum: plugin.configuration["minimum"]?.integer ?? 1)
    var part = [UInt8](repeating: 0, count: 65_536)
    while case let size = fread(&part, 1, part.count, file), size > 0 {
        try call.check()  // throws when nobody waits for the answer any more
        count.add(part[..<size])
    }
    guard ferror(file) == 0 else { throw Failure(.pluginFailed, "the text cannot be read") }
    count.end()
    return ["lines": .integer(Int64(count.lines)), "words": .integer(Int64(count.words))]
}

plugin.run()
