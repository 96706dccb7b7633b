import Control

/// What went through the way out, for people.
enum EgressText {
    static func line(_ usage: EgressReport) -> String {
        "\(HumanText.size(usage.sentBytes)) sent, \(HumanText.size(usage.receivedBytes)) received, "
            + "\(usage.requests) requests, \(usage.refusals) refused, \(usage.connections) open"
    }
}
