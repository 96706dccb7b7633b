import Model
import Store

extension Timestamp {
    static var now: Timestamp { Timestamp(milliseconds: Moment.now) }
}
