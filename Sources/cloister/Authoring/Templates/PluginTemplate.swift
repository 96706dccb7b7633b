import Glibc
import Model
import Sandbox

/// What `plugin new` makes a plugin from: the folder `template` of a language's SDK.
struct PluginTemplate: Sendable {
    enum Language: String, Sendable, CaseIterable { case python, node, swift, c, shell }

    let language: Language
    /// The folder of all SDKs.
    let sdks: String

    /// Files of the SDK that the plugin takes along, by their place in it.
    private var copies: [(source: String, target: String)] {
        switch language {
        case .c: [("cloister.h", "cloister.h"), ("cloister.c", "cloister.c")]
        case .swift: [("CloisterPlugin.swift", "Sources/CloisterPlugin/CloisterPlugin.swift")]
        case .python, .node, .shell: []
        }
    }

    /// Makes the folder; `conflict` where it exists. Nothing is left behind when it cannot be made whole.
    func write(_ id: PluginID, to folder: String) throws(Problem) {
        let template = "\(sdks)/\(language.rawValue)/template"
        guard Path.isFolder(template) else {
            throw Problem(
                .invalidConfiguration, "template not found: \(template)", hint: "install Cloister with make install")
        }
        guard mkdir(folder, 0o755) == 0 else {
            if errno == EEXIST {
                throw Problem(
                    .conflict, "exists already: \(folder)", hint: "choose another name, or another folder with --in")
            }
            throw Problem(systemCall: "mkdir \(folder)")
        }
        do throws(Problem) {
            try copy(template, to: folder, id)
            for (source, target) in copies {
                try makeFolders(of: target, in: folder)
                let text = try Self.text(of: "\(sdks)/\(language.rawValue)/\(source)")
                try FileCopy.write(text, to: "\(folder)/\(target)")
            }
        } catch {
            try? FileCopy.remove(folder)
            throw error
        }
    }

    private func copy(_ source: String, to target: String, _ id: PluginID) throws(Problem) {
        for name in Path.entries(of: source) where !name.hasPrefix(".") && name != "__pycache__" {
            let (from, to) = ("\(source)/\(name)", "\(target)/\(name)")
            if Path.isFolder(from) {
                guard mkdir(to, 0o755) == 0 else { throw Problem(systemCall: "mkdir \(to)") }
                try copy(from, to: to, id)
            } else {
                try FileCopy.write(filled(try Self.text(of: from), id), to: to)
                if Path.isExecutableFile(from) { chmod(to, 0o755) }
            }
        }
    }

    private func makeFolders(of path: String, in folder: String) throws(Problem) {
        var place = folder
        for part in path.split(separator: "/").dropLast() {
            place += "/\(part)"
            guard mkdir(place, 0o755) == 0 || errno == EEXIST else { throw Problem(systemCall: "mkdir \(place)") }
        }
    }

    private func filled(_ text: String, _ id: PluginID) -> String {
        let words = id.rawValue.split(separator: "-").joined(separator: " ")
        let name = words.prefix(1).uppercased() + words.dropFirst()
        return text.replacing("PLUGIN_ID", with: id.rawValue).replacing("PLUGIN_NAME", with: name)
            .replacing("SDK_FOLDER", with: sdks)
    }

    private static func text(of path: String) throws(Problem) -> String {
        guard let file = fopen(path, "re") else { throw FileProblem.cannotRead(path) }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 65_536)
        while case let count = fread(&part, 1, part.count, file), count > 0 { bytes += part[..<count] }
        return String(decoding: bytes, as: UTF8.self)
    }
}
