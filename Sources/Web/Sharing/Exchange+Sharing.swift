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
        guard let content = try await opened(shared, by: token, of: tenant) else { throw Refusal.noLink }
        guard let format else {
            var page = SharedPage(shared: shared, definition: content.definition).shell.answer(try await look())
            page.headers[.cacheControl] = "no-store"
            return page
        }
        var answer =
            switch format {
            case .json: Answer.json(ByteBuffer(string: content.text(.json)))
            // RFC 9512.
            case .yaml: Answer(content: .text(content.text(.yaml), type: "application/yaml"))
            }
        // A browser keeps it as a file; what a tenant wrote is no page of the house's.
        answer.headers[.contentDisposition] = "attachment; filename=\"\(shared.workflow).\(format.rawValue)\""
        answer.headers[.cacheControl] = "no-store"
        return answer
    }

    /// What the link opens; nil where it went at this moment. The first opening of each hour is written down, with how many
    /// there were before, so that however often a link is opened it leaves one entry an hour.
    private func opened(
        _ shared: SharedWorkflow, by token: String, of tenant: TenantID
    ) async throws -> SharedWorkflow.Content? {
        guard shared.isFirstOfHour else { return try await shared.open() }
        return try await port.inTurn(with: "link \(tenant)/\(shared.link)") {
            guard let current = try await port.shared(by: token, of: tenant) else { return nil }
            guard current.isFirstOfHour else { return try await current.open() }
            let deed = Deed(
                request: id, principal: Principal("link \(current.link)", tenant: tenant, scopes: []), operation: "workflow/shared",
                isBrake: false, tenant: tenant, subject: "\(current.workflow) \(current.link) use \(current.uses + 1)")
            return try await port.recorded(deed) { try await current.open() }
        }
    }

    /// YAML for those who name it and not JSON, and a page for browsers: nil.
    private var accepted: SharedWorkflow.Format? {
        let types = (request.headers[.accept] ?? "").split(separator: ",").prefix(32).map { range in
            String(range.prefix { $0 != ";" }.trimming { $0 == " " || $0 == "\t" }).lowercased()
        }
        let asksForYAML = ["application/yaml", "application/x-yaml", "text/yaml"].contains { types.contains($0) }
        if asksForYAML, !types.contains("application/json") { return .yaml }
        return ErrorPage.isWanted(request.head) ? nil : .json
    }
}

extension Refusal {
    /// The same for a text that is none, unknown, expired, revoked or another tenant's, and where there is no such tenant.
    fileprivate static let noLink = Refusal(.notFound, "notFound", "this link opens nothing")
}
