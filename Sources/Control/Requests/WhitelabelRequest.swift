package import Model
import NIOCore

/// What is asked about a tenant's own look, domains and features.
package enum WhitelabelRequest: Hashable, Sendable {
    /// → `{"config", "contrast", "dropped", "untold"}`
    case config(TenantID)
    /// → the same, as it is after the change
    case setConfig(TenantID, JSONValue)
    /// → `{"features"}`
    case features(TenantID)
    /// By name; what is left out stays. → `{"features"}` as they are after the change
    case setFeatures(TenantID, [String: Bool])
    /// → the domain with the records that it needs
    case addDomain(TenantID, String)
    /// → `{"domains"}`
    case domains(TenantID)
    /// → the domain
    case domain(TenantID, String)
    /// Asks DNS now. → the domain as it is after that
    case checkDomain(TenantID, String)
    /// → the domain as it was
    case deleteDomain(TenantID, String)
    /// → `{"data", "size", "sha256", "width", "height"}`, the data in base64
    case logo(TenantID)
    /// → the same without the data
    case setLogo(TenantID, DocumentChunk)
    /// → `{}`
    case deleteLogo(TenantID)

    package var method: ControlMethod {
        switch self {
        case .config: .whitelabelConfigShow
        case .setConfig: .whitelabelConfigSet
        case .features: .whitelabelFeaturesShow
        case .setFeatures: .whitelabelFeaturesSet
        case .addDomain: .whitelabelDomainAdd
        case .domains: .whitelabelDomainList
        case .domain: .whitelabelDomainShow
        case .checkDomain: .whitelabelDomainCheck
        case .deleteDomain: .whitelabelDomainDelete
        case .logo: .whitelabelLogoShow
        case .setLogo: .whitelabelLogoSet
        case .deleteLogo: .whitelabelLogoDelete
        }
    }

    package var tenant: TenantID {
        switch self {
        case .config(let tenant), .setConfig(let tenant, _), .features(let tenant), .setFeatures(let tenant, _),
            .addDomain(let tenant, _), .domains(let tenant), .domain(let tenant, _), .checkDomain(let tenant, _),
            .deleteDomain(let tenant, _), .logo(let tenant), .setLogo(let tenant, _), .deleteLogo(let tenant):
            tenant
        }
    }

    var members: [String: JSONValue] {
        var members: [String: JSONValue] = ["tenant": .string(tenant.rawValue)]
        switch self {
        case .config, .features, .domains, .logo, .deleteLogo: break
        case .setLogo(_, let picture):
            let text = picture.bytes.withUnsafeReadableBytes(Base64.encode)
            members["data"] = .string(String(decoding: text, as: UTF8.self))
        case .addDomain(_, let name), .domain(_, let name), .checkDomain(_, let name), .deleteDomain(_, let name):
            members["domain"] = .string(name)
        case .setConfig(_, let value): members["config"] = value
        case .setFeatures(_, let changes): members["features"] = .object(changes.mapValues(JSONValue.bool))
        }
        return members
    }
}

extension ControlParameters {
    mutating func whitelabelConfig() throws(Problem) -> WhitelabelRequest { .config(try identifier("tenant")) }

    mutating func whitelabelConfigSet() throws(Problem) -> WhitelabelRequest {
        let value = try members.required("config")
        guard value.object != nil else { throw Problem(.invalidInput, "/config: expected object, found \(value.kind)") }
        return .setConfig(try identifier("tenant"), value)
    }

    mutating func whitelabelDomain(
        _ request: (TenantID, String) -> WhitelabelRequest
    ) throws(Problem) -> WhitelabelRequest {
        request(try identifier("tenant"), try word("domain", limit: 253))
    }

    mutating func whitelabelLogoSet() throws(Problem) -> WhitelabelRequest {
        .setLogo(try identifier("tenant"), try DocumentChunk(quoted: takeRaw("data")))
    }

    mutating func whitelabelFeatures() throws(Problem) -> WhitelabelRequest { .features(try identifier("tenant")) }

    mutating func whitelabelFeaturesSet() throws(Problem) -> WhitelabelRequest {
        let value = try members.required("features")
        guard let object = value.object else { throw Problem(.invalidInput, "/features: expected object, found \(value.kind)") }
        var changes: [String: Bool] = [:]
        for (name, value) in object {
            guard let isOn = value.bool else {
                throw Problem(.invalidInput, "/features/\(name.prefix(40)): expected boolean, found \(value.kind)")
            }
            changes[name] = isOn
        }
        return .setFeatures(try identifier("tenant"), changes)
    }
}
