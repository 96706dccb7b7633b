/// The calls that were cancelled or ran out of time, so that their late replies are known for what they are.
///
/// Remembers the last `capacity`; an older one's reply is a reply to no call.
struct AbandonedCalls {
    private let capacity: Int
    private var numbers: Set<Int64> = []
    /// In the order of their end, as a ring once it is full. May hold what a late reply has taken out of `numbers`.
    private var order: [Int64] = []
    private var oldest = 0

    init(capacity: Int) {
        self.capacity = max(1, capacity)
    }

    mutating func insert(_ number: Int64) {
        if order.count < capacity {
            order.append(number)
        } else {
            numbers.remove(order[oldest])
            order[oldest] = number
            oldest = (oldest + 1) % capacity
        }
        numbers.insert(number)
    }

    /// Whether the reply is a late one; it cannot come twice.
    mutating func remove(_ number: Int64) -> Bool {
        numbers.remove(number) != nil
    }
}
