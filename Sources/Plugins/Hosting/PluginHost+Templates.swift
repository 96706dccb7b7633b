package import Model
import Store

extension PluginFolder {
    /// Where a plugin's folder holds templates of workflows.
    package static let templatesName = "workflows"
    /// No plugin brings more along.
    package static let mostTemplates = 50

    /// The files of the folder's templates, by name. What lies elsewhere is none: nothing is followed out of the folder.
    ///
    /// Throws `invalidInput` for more of them than a plugin may bring along.
    package static func templateFiles(in folder: String) async throws(Problem) -> [String] {
        let names = try await Blocking.run { () throws(Problem) in try FolderNames.list("\(folder)/\(templatesName)") }
        let files = names.filter { !$0.hasPrefix(".") && ($0.hasSuffix(".yaml") || $0.hasSuffix(".yml") || $0.hasSuffix(".json")) }
        guard files.count <= mostTemplates else {
            throw Problem(.invalidInput, "\(templatesName): more than \(mostTemplates) templates", hint: "make several plugins of them")
        }
        return files.sorted()
    }

    package static func template(_ file: String, in folder: String) async throws(Problem) -> JSONValue {
        let name = "\(templatesName)/\(file)"
        let text = try await ForeignFile.open(name, beneath: folder).text(limit: YAMLNode.maximumSize)
        return try YAMLNode.load(text: text, named: name).value
    }
}

extension PluginHost {
    /// The folders of the tenant's enabled plugins, by plugin. One that is not what it was registered as is left out.
    package func folders(of tenant: TenantID) async throws(Problem) -> [(plugin: PluginID, path: String)] {
        let store = try await environment.store.tenant(tenant)
        let enabled = try await PluginRegistration.all(in: store).filter { $0.isEnabled && !$0.isLeaving }
        return enabled.compactMap { registration in
            (try? folder(of: registration)).map { (registration.plugin, $0.path) }
        }.sorted { $0.plugin.rawValue < $1.plugin.rawValue }
    }
}
