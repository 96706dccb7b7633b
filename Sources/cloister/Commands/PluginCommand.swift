import ArgumentParser

struct PluginCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plugin", abstract: "Run plugins, call their tools, and look after them.",
        subcommands: [
            PluginRunCommand.self, PluginListCommand.self, PluginShowCommand.self, PluginCallCommand.self,
            PluginLogsCommand.self, PluginRestartCommand.self, PluginStopCommand.self, PluginPackCommand.self,
            PluginSignCommand.self, PluginVerifyCommand.self, PluginKeygenCommand.self,
            PluginPermissionsCommand.self,
        ])
}
