package import Model

/// What `plugin.yaml` says: who a plugin is, how it is started, what it may use, what it can do.
package struct Manifest: Sendable {
    package static let fileName = "plugin.yaml"

    package enum Category: String, Sendable, CaseIterable {
        case processing, integration, analytics, security, workflow
    }

    /// How the plugin speaks with the host.
    package enum Dialect: String, Sendable, CaseIterable {
        case cloister = "cloister/1"
        /// The Model Context Protocol over standard input and output, of any revision.
        case mcp
    }

    /// How many children run at once.
    package struct Instances: Sendable, Hashable {
        package var maximum = 1
        /// Idle ones kept ready.
        package var spare = 0
        /// After this long without work one that is not spare is stopped.
        package var idleStop = Duration.seconds(300)
    }

    /// What one child may use; nil leaves it to the profile.
    package struct Limits: Sendable, Hashable {
        package var memory: ByteSize?
        package var processes: Int?
        /// Processor time per second of time.
        package var cpu: Double?
        /// Open descriptors of one process.
        package var files: Int?
        package var fileSize: ByteSize?
        /// What fits into `/tmp`.
        package var temporary: ByteSize?
    }

    package struct Deadlines: Sendable, Hashable {
        /// From the start to the answer to `initialize`.
        package var start = Duration.seconds(10)
        /// For one call, unless the caller allows less.
        package var call = Duration.seconds(30)
        /// From the request to stop to the end.
        package var stop = Duration.seconds(5)
    }

    package struct Tool: Sendable {
        package let name: String
        /// For people, and for models that choose tools; empty when the manifest says nothing.
        package let summary: String
        /// Describes an object.
        package let input: JSONSchema
        /// Everything when the manifest says nothing.
        package let output: JSONSchema
        /// What the plugin itself calls it, where that is not `name`.
        package var remoteName: String?

        package init(name: String, summary: String, input: JSONSchema, output: JSONSchema) {
            self.name = name
            self.summary = summary
            self.input = input
            self.output = output
        }
    }

    /// What the plugin asks the tenant for, and why.
    package struct PermissionRequest: Sendable, Hashable {
        package let permission: Permission
        /// One line for the person who consents; empty when the manifest says nothing.
        package let purpose: String
        /// Without it the plugin is of no use, and does not run.
        package let isEssential: Bool
    }

    /// A handler that the plugin attaches to an event.
    package struct Hook: Sendable, Hashable {
        package enum Kind: String, Sendable, CaseIterable {
            /// Is told a value.
            case action
            /// Gives the value back, changed or not.
            case filter
        }

        /// What becomes of the value when the handler fails or is late.
        package enum FailurePolicy: String, Sendable, CaseIterable {
            /// The handler is skipped.
            case open
            /// The whole run fails.
            case closed
        }

        package let event: String
        /// The name by which the plugin knows the handler.
        package let handler: String
        package let kind: Kind
        /// Lower numbers run first.
        package var priority = 10
        package var deadline = Duration.seconds(2)
        package var onFailure = FailurePolicy.open
    }

    /// An event of the plugin's own, named `ID.WORD`, to which other plugins may attach handlers.
    package struct Event: Sendable, Hashable {
        package let name: String
        package let kind: Hook.Kind
        package let summary: String
    }

    package let id: PluginID
    package let name: String
    package let version: Version
    package let author: String?
    /// One line for people: `description` in the manifest.
    package let summary: String
    package let category: Category
    package let dialect: Dialect
    /// The executable, absolute or relative to the plugin's folder, and its arguments.
    package let command: [String]
    /// Where the command stands, for problems with the executable.
    package let commandPlace: YAMLPlace
    package let profile: String
    /// Variables of its environment beside those that every plugin has.
    package let environment: [String: String]
    package let instances: Instances
    package let limits: Limits
    package let deadlines: Deadlines
    /// Describes an object; nil for a plugin without configuration.
    package let configurationSchema: JSONSchema?
    package let tools: [Tool]
    /// As the manifest lists them; `requests` has what the hooks need, too.
    package let permissions: [PermissionRequest]
    package let hooks: [Hook]
    package let events: [Event]
    /// The versions of the host that the plugin works with: `compatible` in the manifest.
    package let compatible: VersionRange?
}
