import Model

/// Mails that wait for their turn in memory: a few go at once, the others in the order in which they came.
actor MailQueue {
    private var turns: MailTurns
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(atOnce: Int, taken: Int) { turns = MailTurns(atOnce: atOnce, taken: taken) }

    /// Taken and not done.
    var taken: Int { turns.taken }

    /// Takes no more.
    func close() { turns.close() }

    /// Throws `retryLater` while too many wait.
    func take() throws(Problem) {
        guard turns.take() else { throw Problem(.retryLater, "too many mails are waiting", hint: "try again in a minute", wait: 60) }
    }

    /// Returns when the turn of one that was taken has come. It is ended with `pass`.
    func turn() async {
        guard !turns.begin() else { return }
        await withCheckedContinuation { waiting.append($0) }
    }

    /// Whoever waits longest takes the place of whoever is done.
    func pass() {
        turns.end(isHandedOn: !waiting.isEmpty)
        if !waiting.isEmpty { waiting.removeFirst().resume() }
    }
}
