/// What is asked of whoever wants something.
package struct Access: Sendable, Hashable {
    /// Whose affair it is.
    package enum Reach: Sendable, Hashable, CaseIterable {
        /// The whole daemon's: its operators alone.
        case daemon
        /// One tenant's: its own people and programs, and the operators.
        case tenant
    }

    package let scope: Scope
    package let reach: Reach

    package init(_ scope: Scope, of reach: Reach) {
        self.scope = scope
        self.reach = reach
    }
}
