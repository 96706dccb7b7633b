import Model

/// What one file says; what it leaves out comes from the profile it extends, or else from `Profile`'s own defaults.
struct ProfileLayer: Sendable {
    var name: String
    var extends: YAMLNode?
    var base: String?
    /// Applied one after the other, each sets one thing that the file mentions.
    var settings: [@Sendable (inout Profile) -> Void] = []
    var groups: [SystemCallGroup] = []
    var allowsSubprocesses: Bool?
}

/// A named part of `system-calls`.
struct SystemCallGroup: Sendable {
    /// One mention of a call.
    struct Entry: Sendable {
        var call: String
        var place: YAMLPlace
        var answer: SystemCallPolicy.Answer
        /// Empty: in any case.
        var conditions: [SystemCallPolicy.Condition]
        /// The error where the conditions of an allowed call do not hold.
        var otherwise: SystemCallError?
    }

    var name: String
    var entries: [Entry]
}
