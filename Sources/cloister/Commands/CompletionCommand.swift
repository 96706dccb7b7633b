import ArgumentParser

struct CompletionCommand: ParsableCommand {
    enum Shell: String, CaseIterable, ExpressibleByArgument {
        case bash, zsh, fish
    }

    static let configuration = CommandConfiguration(
        commandName: "completion", abstract: "Print a completion script for a shell.",
        discussion: """
            bash: source <(cloister completion bash)
            zsh:  cloister completion zsh > "${fpath[1]}/_cloister"
            fish: cloister completion fish > ~/.config/fish/completions/cloister.fish
            """)

    @Argument(help: "bash, zsh or fish.")
    var shell: Shell

    func run() throws {
        let script: String
        switch shell {
        case .bash: script = Cloister.completionScript(for: .bash)
        case .zsh: script = Cloister.completionScript(for: .zsh)
        case .fish: script = Cloister.completionScript(for: .fish)
        }
        StandardOutput.write(script + "\n")
    }
}
