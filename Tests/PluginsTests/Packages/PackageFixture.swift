import Foundation
import Model
import Store

@testable import Plugins

/// A folder for packages, with a shelf whose content a test can compare before and after.
struct PackageFixture: Sendable {
    let path: String
    let shelf: PackageShelf

    static func with<Value>(_ body: (PackageFixture) async throws -> Value) async throws -> Value {
        let path = NSTemporaryDirectory() + "cloister-package-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer { try? FolderRemoval.remove(path) }
        return try await body(PackageFixture(path: path, shelf: PackageShelf(try StoreFolder(path + "/data"))))
    }

    static let files: [(name: String, text: String, mode: Int)] = [
        ("plugin.yaml", PluginFixture.manifest, 0o644), ("main", "#!/bin/sh\nexit 0\n", 0o755),
        ("lib/b.txt", "b\n", 0o644), ("lib/a.txt", "a\n", 0o600), ("lib/größe/ä.txt", "umlaut\n", 0o644),
        ("lib-a.txt", "between\n", 0o644), ("empty", "", 0o644),
    ]

    /// A plugin's folder whose files are made in the given order.
    func folder(_ name: String = "sample", files: [(name: String, text: String, mode: Int)] = files) throws -> String {
        let folder = path + "/" + name
        for file in files { try write(file.text, to: "\(folder)/\(file.name)", mode: file.mode) }
        try FileManager.default.createDirectory(atPath: folder + "/hollow", withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: folder + "/lib/link", withDestinationPath: "../main")
        return folder
    }

    func write(_ text: String, to file: String, mode: Int = 0o644) throws {
        try FileManager.default.createDirectory(
            atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
    }

    func pack(_ folder: String, to name: String = "sample.cloister") throws(Problem) -> PackageFile {
        try PackageBuilder.pack(folder, to: "\(path)/\(name)", or: path).package
    }

    func open(_ name: String = "sample.cloister", limits: PackageLimits = PackageLimits()) throws(Problem) -> PackageFile {
        try PackageFile.open(try PackageSource(file: "\(path)/\(name)"), limits: limits)
    }

    func bytes(_ name: String = "sample.cloister") throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)")))
    }

    func write(_ bytes: [UInt8], to name: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
    }

    /// Everything below the shelf, by path, with its mode.
    var shelved: [String] {
        let names = FileManager.default.enumerator(atPath: shelf.path)?.compactMap { $0 as? String } ?? []
        return names.sorted().map { name in
            var status = stat()
            lstat("\(shelf.path)/\(name)", &status)
            return "\(String(status.st_mode & 0o7777, radix: 8)) \(name)"
        }
    }

    /// A package around a layer that Python's tarfile wrote, whatever is in it. `lines` see an open `tar` and `add`.
    func package(layer lines: String, manifest: String = PluginFixture.manifest, to name: String) throws -> String {
        let layer = "\(path)/layer.tar.gz"
        let script = """
            import io, sys, tarfile
            tar = tarfile.open(sys.argv[1], "w:gz", format=tarfile.GNU_FORMAT)
            def add(name, data=b"", **members):
                entry = tarfile.TarInfo(name)
                entry.size = len(data)
                for key, value in members.items(): setattr(entry, key, value)
                tar.addfile(entry, io.BytesIO(data))
            add("plugin.yaml", sys.argv[2].encode())
            \(lines)
            tar.close()
            """
        try run("/usr/bin/python3", ["-c", script, layer, manifest])
        let source = try PackageSource(file: layer)
        let whole = 0..<source.size
        let description = try YAMLNode.load(text: manifest, named: "plugin.yaml").value.bytes
        let image = PackageImage(
            title: "sample", version: "1.0.0",
            configuration: ContentDescriptor(PackageFormat.configurationType, of: description),
            layer: ContentDescriptor(PackageFormat.layerType, digest: try source.digest(of: whole), size: source.size))
        try PackageWriter.write(image, configuration: description, layer: source, whole, to: "\(path)/\(name)")
        return "\(path)/\(name)"
    }
}

/// Runs a program and returns what it printed; throws when it fails.
@discardableResult
func run(_ program: String, _ arguments: [String]) throws -> String {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.standardOutput = output
    process.standardError = output
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
        throw Problem(.internalFault, "\(program) ended with \(process.terminationStatus)", cause: text)
    }
    return text
}

/// What is said about a piece of work; nil when nothing is wrong with it.
func refusal(_ body: () throws -> Void) -> Problem? {
    do {
        try body()
        return nil
    } catch {
        return error as? Problem ?? Problem(wrapping: error, doing: "a test")
    }
}
