import ArgumentParser

struct PluginCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plugin", abstract: "Make plugins, run them, call their tools, and look after them.",
        subcommands: [
            PluginNewCommand.self, PluginValidateCommand.self, PluginTestCommand.self, PluginConformCommand.self,
            PluginRunCommand.self, PluginListCommand.self, PluginShowCommand.self, PluginCallCommand.self,
            PluginLogsCommand.self, PluginRestartCommand.self, PluginStopCommand.self, PluginPackCommand.self,
            PluginPermissionsCommand.self,
            PluginSignCommand.self, PluginVerifyCommand.self, PluginKeygenCommand.self, PluginSchemaCommand.self,
            PluginInstallCommand.self, PluginUpdateCommand.self, PluginRollbackCommand.self, PluginPinCommand.self,
            PluginConsentCommand.self, PluginConfigurationCommand.self, PluginConfigureCommand.self, PluginEnableCommand.self, PluginDisableCommand.self,
            PluginUninstallCommand.self,
        ])
}
