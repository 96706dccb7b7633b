import ArgumentParser

@main
struct Cloister: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cloister",
        abstract: "Runs other people's plugins as sealed child processes, each tenant within its quota.",
        discussion: """
            Exit statuses: 0 done; 1 the plugin failed; 64 usage; 65 invalid input; 66 not found; 69 daemon not \
            reachable; 70 internal fault; 73 conflict; 75 retry later, quota exceeded or shutting down; \
            77 permission denied; 78 configuration; 124 deadline exceeded.

            The daemon is looked for at --socket, at $CLOISTER_SOCKET, at .cloister/data/control.sock below the \
            current folder and at /run/cloister/control.sock.
            """,
        version: version,
        subcommands: [
            ServeCommand.self, StatusCommand.self, DoctorCommand.self, TenantCommand.self, PlanCommand.self, PluginCommand.self,
            DocumentCommand.self, UploadCommand.self, SecretCommand.self, HookCommand.self, EventCommand.self, KeyCommand.self,
            WhitelabelCommand.self,
            PersonCommand.self, InvitationCommand.self, SessionCommand.self, NotificationCommand.self, WebhookCommand.self,
            WorkflowCommand.self, TemplateCommand.self, RunCommand.self, ApprovalCommand.self,
            IdentityProviderCommand.self,
            AuditCommand.self, BenchCommand.self, BenchPeerCommand.self, CompletionCommand.self,
        ])

    static func main() async {
        var isJSON = false
        do {
            var command = try parseAsRoot()
            isJSON = (command as? any JSONChoosing)?.client.json ?? (command as? any LocalCommand)?.json ?? false
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            CommandFailure.exit(error, asJSON: isJSON)
        }
    }
}
