/// Writes numbers in the text format of Prometheus, version 0.0.4. Those of one name come one after the other.
struct PrometheusText {
    private(set) var text = ""
    private var announced: Set<String> = []

    mutating func add(_ gauge: Gauge) {
        announce(gauge.name, gauge.help, gauge.kind.rawValue)
        text += "\(gauge.name)\(Self.labels(gauge.labels)) \(Self.number(gauge.value))\n"
    }

    mutating func add(_ name: String, _ help: String, _ operation: String, _ histogram: Metrics.Histogram) {
        announce(name, help, "histogram")
        var total = 0
        for (bound, count) in zip(Metrics.Histogram.bounds.map(Self.number) + ["+Inf"], histogram.buckets) {
            total += count
            text += "\(name)_bucket\(Self.labels(["operation": operation, "le": bound])) \(total)\n"
        }
        text += "\(name)_sum\(Self.labels(["operation": operation])) \(Self.number(histogram.sum))\n"
        text += "\(name)_count\(Self.labels(["operation": operation])) \(total)\n"
    }

    private mutating func announce(_ name: String, _ help: String, _ type: String) {
        guard announced.insert(name).inserted else { return }
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    }

    private static func labels(_ labels: [String: String]) -> String {
        guard !labels.isEmpty else { return "" }
        let pairs = labels.sorted { $0.key < $1.key }.map { "\($0.key)=\"\(escaped($0.value))\"" }
        return "{" + pairs.joined(separator: ",") + "}"
    }

    private static func escaped(_ value: String) -> String {
        value.reduce(into: "") { text, character in
            switch character {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.append(character)
            }
        }
    }

    private static func number(_ value: Double) -> String {
        Int64(exactly: value).map(String.init) ?? String(value)
    }
}
