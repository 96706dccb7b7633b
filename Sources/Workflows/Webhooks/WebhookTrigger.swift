package import Model

/// A run for each message that another service sends over HTTP.
package struct WebhookTrigger: Sendable, Hashable {
    /// How senders prove who they are; nil where anybody may send, which only the author can say.
    package var proof: WebhookProof?
    package var reply = Reply.accepted
    /// How long a sender is kept waiting for a run's output.
    package var replyTimeout = Duration.seconds(30)
    /// Gives each message its name, in place of the one that the sender's scheme has for it.
    package var deduplicate: Template?
    /// In lower case: headers that runs get beside those that they always do.
    package var headers: [String] = []

    package enum Reply: String, Sendable, CaseIterable {
        /// That a run was accepted.
        case accepted
        /// The run's output, where it ends in time.
        case result
    }

    package static let longestReply = Duration.seconds(120)
    static let mostHeaders = 20

    /// Never handed on: whoever reads a run would hold what they open.
    static let withheld: Set<String> = ["authorization", "proxy-authorization", "cookie", "set-cookie"]

    /// Those that runs get.
    var handedOn: Set<String> {
        Set(["content-type", "user-agent"] + (proof?.scheme.described ?? []) + headers).subtracting(Self.withheld)
            .subtracting(proof.map { [$0.scheme.header] } ?? [])
    }
}

/// What a sender must know to be believed.
package struct WebhookProof: Sendable, Hashable {
    package var scheme: SignatureScheme
    /// A secret of the tenant's, by its name.
    package var secretName: String
    /// How far a message's time may be from now, before or behind.
    package var tolerance = Duration.seconds(300)

    static let tolerances = Duration.seconds(1)...Duration.seconds(3600)
}

/// Where messages arrive.
package struct WebhookPlace: Sendable, Hashable {
    package let workflow: WorkflowID
    package let node: NodeID

    package init(_ workflow: WorkflowID, _ node: NodeID) {
        self.workflow = workflow
        self.node = node
    }
}
