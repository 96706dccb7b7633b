/// Shares threads out among those who look names up, so that somebody whose names are slow keeps nobody else waiting. Pure.
///
/// Everybody has at most `share` questions waiting or being asked. Whoever has none being asked comes first; more than
/// one, up to `atOnce`, is asked for the same owner only while more than half of the threads are free. Among equals the
/// one who waited longest has the next turn.
struct LookupQueue<Owner: Hashable, Question> {
    private struct Line {
        var waiting: [(number: UInt64, question: Question)] = []
        var asking = 0
        var count: Int { waiting.count + asking }
    }

    let threads: Int
    let share: Int
    let atOnce: Int
    private var lines: [Owner: Line] = [:]
    /// Those with a question that waits, the next one first.
    private var turns: [Owner] = []
    private var asking = 0
    private var lastNumber: UInt64 = 0

    init(threads: Int, share: Int, atOnce: Int) {
        self.threads = threads
        self.share = share
        self.atOnce = atOnce
    }

    /// Puts a question at the end of its owner's line; nil when the owner's share is used up.
    mutating func add(_ question: Question, of owner: Owner) -> UInt64? {
        var line = lines[owner] ?? Line()
        guard line.count < share else { return nil }
        lastNumber += 1
        if line.waiting.isEmpty { turns.append(owner) }
        line.waiting.append((lastNumber, question))
        lines[owner] = line
        return lastNumber
    }

    /// Takes the question that a free thread is to ask now; nil while there is none, or no thread for it. To be told of
    /// its end by `answered`.
    mutating func next() -> (owner: Owner, question: Question)? {
        guard asking < threads else { return nil }
        let most = threads - asking > threads / 2 ? atOnce : 1
        let index = turns.firstIndex { lines[$0]?.asking == 0 } ?? turns.firstIndex { lines[$0]!.asking < most }
        guard let index else { return nil }
        let owner = turns.remove(at: index)
        let (_, question) = lines[owner]!.waiting.removeFirst()
        lines[owner]!.asking += 1
        asking += 1
        if !lines[owner]!.waiting.isEmpty { turns.append(owner) }
        return (owner, question)
    }

    /// The thread that asked for the owner is free again.
    mutating func answered(_ owner: Owner) {
        asking -= 1
        lines[owner]!.asking -= 1
        forget(owner)
    }

    /// Takes a question out of its line that nobody waits for any more. One that is being asked keeps its thread, and its
    /// owner's share, until the answer comes.
    mutating func giveUp(_ number: UInt64, of owner: Owner) {
        guard let index = lines[owner]?.waiting.firstIndex(where: { $0.number == number }) else { return }
        lines[owner]!.waiting.remove(at: index)
        if lines[owner]!.waiting.isEmpty { turns.removeAll { $0 == owner } }
        forget(owner)
    }

    private mutating func forget(_ owner: Owner) {
        if lines[owner]?.count == 0 { lines[owner] = nil }
    }
}
