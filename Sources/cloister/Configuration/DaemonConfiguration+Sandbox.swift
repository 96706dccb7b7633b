import Sandbox

extension DaemonConfiguration.ControlGroupChoice {
    /// The choice in the sandbox's own terms.
    var choice: ControlGroupTree.Choice {
        switch self {
        case .automatic: .automatic
        case .path(let path): .path(path)
        case .disabled: .none
        }
    }
}

extension DaemonConfiguration.IdentityChoice {
    /// The choice in the sandbox's own terms.
    var mode: IdentityMode.Choice {
        switch self {
        case .auto: .auto
        case .range: .range
        case .subordinate: .subordinate
        case .single: .single
        }
    }
}
