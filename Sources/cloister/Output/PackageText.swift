import Model
import Plugins

/// A package for people and for programs.
enum PackageText {
    static func print(_ package: PackageFile, _ path: String, signers: [String], to output: Output) throws {
        guard !output.isJSON else {
            return output.printJSON([
                "file": .string(path), "id": .string("\(package.manifest.id)"),
                "version": .string("\(package.manifest.version)"), "digest": .string("\(package.digest)"),
                "size": .integer(package.size.bytes),
                "signatures": .array(package.signatureKeys.map(JSONValue.string)),
                "trusted": .array(signers.map(JSONValue.string)),
            ])
        }
        var details = Details()
        details.add("package", path)
        details.add("plugin", "\(package.manifest.id) \(package.manifest.version)")
        details.add("digest", "\(package.digest)")
        details.add("size", "\(package.size)")
        details.add("signatures", package.signatureKeys.isEmpty ? "none" : package.signatureKeys.joined(separator: "\n"))
        if !signers.isEmpty { details.add("trusted", signers.joined(separator: "\n")) }
        output.write(details.text(width: output.width))
    }
}
