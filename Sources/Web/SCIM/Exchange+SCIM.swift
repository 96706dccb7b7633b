import HTTPTypes
import HummingbirdCore
import Model
import Tenancy

extension Exchange {
    /// Where SCIM's addresses begin, as the client reaches them.
    var scimBase: String { "\(origin.isEncrypted ? "https" : "http")://\(request.head.authority ?? "localhost")/scim/v2" }

    /// An answer about one resource, with what the client wants of it.
    func scim(_ resource: JSONValue, of type: SCIMResourceType, _ status: HTTPResponse.Status = .ok) -> Answer {
        var answer = Answer.scim(
            SCIMResource.selected(resource, of: type, text("attributes"), without: text("excludedAttributes")), status)
        answer.headers[.eTag] = SCIMResource.version(resource)
        if status == .created { answer.headers[.location] = resource["meta"]?["location"]?.string }
        return answer
    }

    /// A page of a list: so many of the entries from `startIndex` on, which counts from one (RFC 7644 section 3.4.2.4).
    func scim(list entries: [JSONValue], total: Int, from start: Int, of type: SCIMResourceType) -> Answer {
        .scim([
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": JSONValue(total),
            "startIndex": JSONValue(start), "itemsPerPage": JSONValue(entries.count),
            "Resources": .array(
                entries.map { SCIMResource.selected($0, of: type, text("attributes"), without: text("excludedAttributes")) }),
        ])
    }

    /// Where the page begins, and how long it is at most. What is out of range is the nearest that is not.
    var scimPage: (start: Int, count: Int) {
        let (start, count) = (parameters["startIndex"]?.integer ?? 1, parameters["count"]?.integer ?? Int64(Routes.scimPageSize))
        return (Int(min(max(start, 1), 1 << 40)), Int(min(max(count, 0), Int64(Routes.scimPageSize))))
    }

    func scimFilter(of type: SCIMResourceType) throws(SCIMFault) -> SCIMFilter? {
        guard let text = text("filter") else { return nil }
        return try SCIMFilter(text, of: type)
    }

    /// Refuses to change what is no longer as the client saw it.
    func checkVersion(of resource: JSONValue) throws(Refusal) {
        guard let header = request.headers[.ifMatch], !EntityTag.admits(header, SCIMResource.version(resource)) else { return }
        throw Refusal(.preconditionFailed, "preconditionFailed", "it was changed since you read it", hint: "read it again")
    }

    /// Makes a change that the audit log knows of, one after the other in a tenant, and takes keys out of memory that the
    /// registry has dropped.
    func provision<Subject: Sendable>(
        _ operation: String, _ subject: String, in tenant: TenantID, isBrake: Bool = false,
        _ change: @escaping @Sendable () async throws -> ProvisioningOutcome<Subject>
    ) async throws -> Subject {
        let deed = Deed(
            request: id, principal: requester.principal, operation: operation, isBrake: isBrake, tenant: tenant, subject: subject,
            changesPeople: true)
        return try await port.recorded(deed) {
            let outcome = try await change()
            for (person, scopes) in outcome.fallen { port.drop(keysMadeBy: person, beyond: scopes) }
            return outcome.subject
        }
    }
}

extension Answer {
    static func scim(_ value: JSONValue, _ status: HTTPResponse.Status = .ok) -> Answer {
        var answer = Answer.json(value, status)
        answer.headers[.contentType] = SCIM.mediaType
        return answer
    }
}

enum SCIM {
    static let mediaType = "application/scim+json"

    static func isMeant(_ path: String) -> Bool { path.hasPrefix("/scim/") }

    /// What RFC 7644 lets a daemon leave out, and has its clients try.
    static func isUnserved(_ path: String) -> Bool { ["/scim/v2/.search", "/scim/v2/Bulk", "/scim/v2/Me"].contains(path) }

    /// A refusal as RFC 7644 section 3.12 writes it. What the house calls unprocessable is a bad request there.
    static func answer(_ refusal: Refusal) -> Answer {
        let status = refusal.status == .unprocessableContent ? HTTPResponse.Status.badRequest : refusal.status
        var detail = ([refusal.detail] + refusal.faults.map(\.line)).joined(separator: "; ")
        if let hint = refusal.hint { detail += " (\(hint))" }
        var members: [String: JSONValue] = [
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": .string(String(status.code)),
            "detail": .string(detail),
        ]
        members["scimType"] = scimType(refusal).map(JSONValue.string)
        var answer = Answer.scim(.object(members), status)
        answer.headers.append(contentsOf: refusal.headers)
        return answer
    }

    private static func scimType(_ refusal: Refusal) -> String? {
        if let type = refusal.scimType { return type }
        switch refusal.code {
        case Problem.Code.conflict.rawValue: return refusal.detail.hasPrefix("another ") ? "uniqueness" : "mutability"
        case Problem.Code.invalidInput.rawValue: return "invalidValue"
        case "malformedBody": return "invalidSyntax"
        default: return nil
        }
    }

    static let error = Schema.object(
        "SCIMError",
        [
            .required("schemas", .array(of: .string())), .required("status", .string("Of HTTP")),
            .required("detail", .string("What is wrong, for people")), .optional("scimType", .string("What is wrong, for programs")),
        ], "A refusal, as in RFC 7644 section 3.12")
}

extension Fault {
    fileprivate var line: String {
        switch place {
        case .pointer(let name), .parameter(let name), .header(let name): "\(name): \(detail)"
        }
    }
}
