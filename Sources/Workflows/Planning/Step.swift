/// One node in one place of a run, as it is stored.
package struct Step: Sendable, Hashable {
    package enum State: String, Sendable, CaseIterable {
        /// Its turn has come; its input is being worked out.
        case ready
        /// Waits for a slot.
        case queued
        /// Its effect is under way: the intent is on disk.
        case running
        /// Its effect has given something; the output is being worked out.
        case returned
        /// For a time, for people, for another run, or for the iterations of its own loop.
        case waiting
        /// For the next attempt.
        case retrying
        case succeeded
        case failed
        /// Ended from outside before it was through.
        case cancelled
        /// Whether its effect happened is not known, and making it again might make it twice. A person decides.
        case unknown
        /// The daemon died with it three times. A person decides.
        case dead

        package var isTerminal: Bool {
            switch self {
            case .succeeded, .failed, .cancelled: true
            default: false
            }
        }

        /// Whether nothing goes on without a person.
        package var needsPerson: Bool { self == .unknown || self == .dead }
    }

    package let key: StepKey
    /// Its place in the order in which the steps of the run began.
    package let ordinal: Int
    package var state = State.ready
    /// Attempts begun.
    package var attempt = 0
    /// How often it was found running when a daemon started.
    package var crashes = 0
    package var input: Payload?
    package var output: Payload?
    /// Of a loop: what it goes over.
    package var items: Payload?
    /// Of a request or a message: what is sent, but for secrets.
    package var request: Payload?
    /// The way out that was taken.
    package var port: Port?
    package var error: StepError?
    /// Milliseconds since 1970, as all times here.
    package var began: Int64
    package var ended: Int64?
    /// When something happens of itself: the end of a wait, the next attempt, the deadline of an attempt or a decision.
    package var due: Int64?
    /// Of an approval: what people are asked.
    package var title: String?
    package var decisions: [Decision] = []
    /// How often people were reminded, and whether others were asked too.
    package var reminders = 0
    package var isEscalated = false

    /// What a person said of an approval.
    package struct Decision: Sendable, Hashable {
        package var person: String
        package var isApproved: Bool
        package var at: Int64
        /// What they filled in.
        package var form: Payload?

        package init(person: String, isApproved: Bool, at: Int64, form: Payload? = nil) {
            self.person = person
            self.isApproved = isApproved
            self.at = at
            self.form = form
        }
    }

    init(_ key: StepKey, _ ordinal: Int, at now: Int64) {
        self.key = key
        self.ordinal = ordinal
        began = now
    }

    /// As it was stored.
    package init(_ key: StepKey, _ ordinal: Int, state: State, began: Int64) {
        self.key = key
        self.ordinal = ordinal
        self.state = state
        self.began = began
    }
}
