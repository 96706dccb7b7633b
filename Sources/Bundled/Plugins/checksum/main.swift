// What a document is by its content: an example of a plugin that is a compiled program.
import CloisterPlugin

let plugin = Plugin("checksum", version: "1.0.0")
plugin.tool("digest") { call, input in
    guard let document = input["document"]?.string, document.hasPrefix("/"), !document.contains("\0") else {
        throw Failure(.invalidParameters, "document is the absolute path of a file")
    }
    return try Digest(of: document, until: call.check).json
}
plugin.run()
