/// How many mails are taken, and how many of those are on their way.
struct MailTurns: Sendable {
    private let mostAtOnce: Int
    private let mostTaken: Int
    private(set) var taken = 0
    private(set) var onTheWay = 0
    private var isClosed = false

    init(atOnce mostAtOnce: Int, taken mostTaken: Int) { (self.mostAtOnce, self.mostTaken) = (mostAtOnce, mostTaken) }

    mutating func take() -> Bool {
        guard !isClosed, taken < mostTaken else { return false }
        taken += 1
        return true
    }

    /// Whether a taken one can go at once; otherwise it waits until one that ends hands its place on.
    mutating func begin() -> Bool {
        guard onTheWay < mostAtOnce else { return false }
        onTheWay += 1
        return true
    }

    mutating func end(isHandedOn: Bool) {
        taken -= 1
        if !isHandedOn { onTheWay -= 1 }
    }

    mutating func close() { isClosed = true }
}
