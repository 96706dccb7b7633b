import Glibc
import Model

/// What a benchmark measured, in the one shape that every benchmark of the project prints.
struct BenchmarkReport: Sendable {
    /// One measured quantity beside that of its peer, which ran interleaved in the same call.
    struct Figure: Sendable {
        /// How the target is to be read.
        enum Target: Sendable {
            case ratioAtMost(Double)
            case ratioAtLeast(Double)
            case valueAtMost(Double)
            case valueAtLeast(Double)
        }

        let name: String
        let unit: String
        let value: Double
        var peer: String?
        var peerValue: Double?
        var target: Target?

        var ratio: Double? { peerValue.flatMap { $0 > 0 ? value / $0 : nil } }

        /// Nil where nothing was promised.
        var holds: Bool? {
            switch target {
            case nil: nil
            case .ratioAtMost(let limit): ratio.map { $0 <= limit } ?? false
            case .ratioAtLeast(let limit): ratio.map { $0 >= limit } ?? false
            case .valueAtMost(let limit): value <= limit
            case .valueAtLeast(let limit): value >= limit
            }
        }

        var targetText: String? {
            switch target {
            case nil: nil
            case .ratioAtMost(let limit): "ratio <= \(Self.text(limit))"
            case .ratioAtLeast(let limit): "ratio >= \(Self.text(limit))"
            case .valueAtMost(let limit): "<= \(Self.text(limit)) \(unit)"
            case .valueAtLeast(let limit): ">= \(Self.text(limit)) \(unit)"
            }
        }

        /// Three digits that count; whole numbers without a point.
        static func text(_ value: Double) -> String {
            guard value != 0, value.isFinite else { return "0" }
            if value == value.rounded(), abs(value) < 1e15 { return String(Int64(value)) }
            let scale = pow(10, max(0, 2 - floor(log10(abs(value)))))
            let rounded = (value * scale).rounded() / scale
            return rounded == rounded.rounded() ? String(Int64(rounded)) : String(rounded)
        }

        var json: JSONValue {
            [
                "name": .string(name), "unit": .string(unit), "value": .number(value), "peer": JSONValue(peer),
                "peerValue": peerValue.map(JSONValue.number) ?? .null, "ratio": ratio.map(JSONValue.number) ?? .null,
                "target": JSONValue(targetText), "holds": holds.map(JSONValue.bool) ?? .null,
            ]
        }
    }

    let bench: String
    let machine: String
    let figures: [Figure]

    var holds: Bool { figures.allSatisfy { $0.holds ?? true } }

    var json: JSONValue {
        ["bench": .string(bench), "machine": .string(machine), "figures": .array(figures.map(\.json))]
    }

    func text(width: Int?) -> String {
        var table = Table([
            .left("FIGURE"), .right("VALUE"), .left("UNIT"), .left("PEER"), .right("PEER VALUE"), .right("RATIO"),
            .left("TARGET"), .left("HOLDS"),
        ])
        for figure in figures {
            table.append([
                figure.name, Figure.text(figure.value), figure.unit, figure.peer ?? "-",
                figure.peerValue.map(Figure.text) ?? "-", figure.ratio.map(Figure.text) ?? "-",
                figure.targetText ?? "-", figure.holds.map { $0 ? "yes" : "NO" } ?? "-",
            ])
        }
        return "\(bench) on \(machine)\n" + table.text(width: width)
    }
}
