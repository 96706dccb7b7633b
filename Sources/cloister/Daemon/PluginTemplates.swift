import Logging
import Model
import Plugins
import Workflows

/// The templates of workflows that a tenant's enabled plugins bring along.
struct PluginTemplates {
    let host: PluginHost
    private let logger: Logger

    init(_ host: PluginHost, _ logger: Logger) {
        self.host = host
        self.logger = logger
    }

    /// By plugin, then by category and name. One that cannot be read is left out, and named in the daemon's log.
    func all(of tenant: TenantID) async throws(Problem) -> [(plugin: PluginID, template: WorkflowTemplate)] {
        var found: [(plugin: PluginID, template: WorkflowTemplate)] = []
        for (plugin, folder) in try await host.folders(of: tenant) {
            var templates: [WorkflowTemplate] = []
            do throws(Problem) {
                for file in try await PluginFolder.templateFiles(in: folder) {
                    do throws(Problem) {
                        templates.append(try await Self.load(file, in: folder))
                    } catch {
                        logger.warning("a template of plugin \(plugin) of tenant \(tenant) cannot be read: \(error)")
                    }
                }
            } catch {
                logger.warning("the templates of plugin \(plugin) of tenant \(tenant) cannot be read: \(error)")
            }
            templates.sort { ($0.category, $0.name) < ($1.category, $1.name) }
            found += templates.map { (plugin, $0) }
        }
        return found
    }

    /// Throws `notFound` with the nearest name, and what is wrong with the plugin's templates where they cannot be read.
    func template(_ id: WorkflowID, of plugin: PluginID, for tenant: TenantID) async throws(Problem) -> WorkflowTemplate {
        guard let folder = try await host.folders(of: tenant).first(where: { $0.plugin == plugin })?.path else {
            throw Problem(
                .notFound, "tenant \(tenant) has no enabled plugin \(plugin)", hint: "cloister plugin list --tenant \(tenant) shows them")
        }
        var names: [String] = []
        var failure: Problem?
        for file in try await PluginFolder.templateFiles(in: folder) {
            do throws(Problem) {
                let template = try await Self.load(file, in: folder)
                if template.id == id { return template }
                names.append(template.id.rawValue)
            } catch {
                failure = failure ?? error
            }
        }
        if let failure { throw Problem(failure.code, "plugin \(plugin): \(failure.message)", hint: failure.hint) }
        let near = names.nearest(to: id.rawValue).map { "did you mean \($0)?" }
        throw Problem(
            .notFound, "plugin \(plugin) has no template \(id)",
            hint: near ?? "it has \(names.isEmpty ? "none" : names.sorted().joined(separator: ", "))")
    }

    static func load(_ file: String, in folder: String) async throws(Problem) -> WorkflowTemplate {
        do throws(Problem) {
            return try WorkflowTemplate(reading: try await PluginFolder.template(file, in: folder))
        } catch {
            let place = "\(PluginFolder.templatesName)/\(file)"
            throw error.message.hasPrefix(place)
                ? error : Problem(error.code, "\(place): \(error.message)", hint: error.hint, cause: error.cause)
        }
    }

    /// Everything that is wrong with the templates in a plugin's folder, and how many there are. Two of one name are a mistake.
    static func check(_ folder: String, _ problems: inout ProblemList) async -> Int {
        let files: [String]
        do throws(Problem) {
            files = try await PluginFolder.templateFiles(in: folder)
        } catch {
            problems.add(error)
            return 0
        }
        var names: [WorkflowID: String] = [:]
        for file in files {
            do throws(Problem) {
                let template = try await load(file, in: folder)
                let definition = try template.definition(as: template.id)
                do throws(WorkflowFindings) {
                    _ = try Workflow(reading: definition)
                } catch {
                    for line in error.problem.message.split(separator: "\n") {
                        problems.add(Problem(.invalidConfiguration, "\(PluginFolder.templatesName)/\(file): /workflow\(line)"))
                    }
                }
                if let other = names.updateValue(file, forKey: template.id) {
                    problems.add(
                        Problem(
                            .invalidConfiguration,
                            "\(PluginFolder.templatesName)/\(file): \(other) is called \(template.id), too", hint: "give one another id"))
                }
            } catch {
                problems.add(error)
            }
        }
        return files.count
    }
}
