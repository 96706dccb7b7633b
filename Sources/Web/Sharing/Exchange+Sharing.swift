import HTTPTypes
import HummingbirdCore
import Model
import NIOCore
import Tenancy

/// A link that somebody opens.
extension Exchange {
    func openLink() async throws -> Answer {
        try links.check(visitor.address)
        guard let tenant = addressee, let token = text("token"), let shared = try await port.shared(by: token, of: tenant) else {
            links.countWrong(visitor.address)
            throw Refusal.noLink
        }
        try links.checkRate(shared.link, tenant)
        let format = text("format").flatMap(SharedWorkflow.Format.init(rawValue:)) ?? accepted
        guard let definition = try await shared.open(format) else { throw Refusal.noLink }
        var answer =
            switch format {
            case .json: Answer.json(ByteBuffer(string: definition))
            // RFC 9512.
            case .yaml: Answer(content: .text(definition, type: "application/yaml"))
            }
        // A browser keeps it as a file; what a tenant wrote is no page of the house's.
        answer.headers[.contentDisposition] = "attachment; filename=\"\(shared.workflow).\(format.rawValue)\""
        answer.headers[.cacheControl] = "no-store"
        return answer
    }

    /// YAML for those who name it and not JSON.
    private var accepted: SharedWorkflow.Format {
        let types = (request.headers[.accept] ?? "").split(separator: ",").prefix(32).map { range in
            String(range.prefix { $0 != ";" }.trimming { $0 == " " || $0 == "\t" }).lowercased()
        }
        let asksForYAML = ["application/yaml", "application/x-yaml", "text/yaml"].contains { types.contains($0) }
        return asksForYAML && !types.contains("application/json") ? .yaml : .json
    }
}

extension Refusal {
    /// The same for a text that is none, unknown, expired, revoked or another tenant's, and where there is no such tenant.
    fileprivate static let noLink = Refusal(.notFound, "notFound", "this link opens nothing")
}
