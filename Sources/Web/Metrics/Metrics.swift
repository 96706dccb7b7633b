import HTTPTypes
import Model
import Synchronization

/// Counts what the server does, for `/metrics`.
package final class Metrics: Sendable {
    struct Series: Hashable {
        let operation: String
        let method: String
        let status: Int
    }

    struct Histogram {
        /// Seconds; the last one is without bound.
        static let bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
        var buckets = [Int](repeating: 0, count: bounds.count + 1)
        var sum = 0.0

        mutating func add(_ seconds: Double) {
            buckets[Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count] += 1
            sum += seconds
        }
    }

    private struct State {
        var requests: [Series: Int] = [:]
        var durations: [String: Histogram] = [:]
        var connections = 0
        var accepted = 0
        var refused = 0
        var slow = 0
    }

    private let state = Mutex(State())

    package init() {}

    func count(_ record: AccessRecord) {
        // What nobody declared is one series: paths are the clients' choice, and there is no end to them.
        let operation = record.route?.operation ?? "none"
        let method = record.route?.method.rawValue ?? "other"
        let seconds = Double(record.duration.nanoseconds) / 1e9
        state.withLock { state in
            state.requests[Series(operation: operation, method: method, status: record.status), default: 0] += 1
            state.durations[operation, default: Histogram()].add(seconds)
        }
    }

    /// Counts a connection in; false where there are `limit` already.
    func open(limit: Int) -> Bool {
        state.withLock { state in
            guard state.connections < limit else {
                state.refused += 1
                return false
            }
            state.connections += 1
            state.accepted += 1
            return true
        }
    }

    func close() { state.withLock { $0.connections -= 1 } }

    /// A client was too slow, and its connection was closed.
    func countSlow() { state.withLock { $0.slow += 1 } }

    var connections: Int { state.withLock { $0.connections } }

    /// In the text format of Prometheus, version 0.0.4, with what is measured elsewhere.
    func text(with gauges: [Gauge]) -> String {
        let (requests, durations, own) = state.withLock { state in
            (
                state.requests, state.durations,
                [
                    Gauge("cloister_http_connections", "Connections that are open.", Double(state.connections)),
                    Gauge("cloister_http_connections_accepted_total", "Connections since the start.", kind: .counter, Double(state.accepted)),
                    Gauge("cloister_http_connections_refused_total", "Connections beyond the limit.", kind: .counter, Double(state.refused)),
                    Gauge("cloister_http_connections_slow_total", "Connections closed because the client was too slow.", kind: .counter, Double(state.slow)),
                ]
            )
        }
        var text = PrometheusText()
        for (series, count) in requests.sorted(by: { ($0.key.operation, $0.key.status) < ($1.key.operation, $1.key.status) }) {
            text.add(
                Gauge(
                    "cloister_http_requests_total", "Requests that were answered.", kind: .counter,
                    labels: ["operation": series.operation, "method": series.method, "status": String(series.status)],
                    Double(count)))
        }
        for (operation, histogram) in durations.sorted(by: { $0.key < $1.key }) {
            text.add("cloister_http_request_duration_seconds", "From the head of a request to the end of its answer.", operation, histogram)
        }
        for gauge in (own + gauges).sorted(by: { $0.name < $1.name }) { text.add(gauge) }
        return text.text
    }
}
