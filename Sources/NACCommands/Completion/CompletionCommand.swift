import ArgumentParser

/// `nac completion`.
struct CompletionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completion",
        abstract: "Print the script with which a shell completes nac's commands.",
        discussion: """
            bash:  nac completion bash > ~/.local/share/bash-completion/completions/nac
            zsh:   nac completion zsh > _nac, in a folder of $fpath
            fish:  nac completion fish > ~/.config/fish/completions/nac.fish
            """)

    enum Shell: String, CaseIterable, ExpressibleByArgument {
        case bash, zsh, fish
    }

    @Argument(help: "The shell.") var shell: Shell

    func run() throws {
        let script: CompletionShell =
            switch shell {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        try Surroundings.current.output.write(NAC.completionScript(for: script) + "\n")
    }
}
