import Control
import Model
import NIOCore
import Store
import Tenancy

extension DaemonHandler {
    func whitelabel(_ request: WhitelabelRequest) async throws(Problem) -> JSONValue {
        switch request {
        case .config(let tenant): return Self.report(try await daemon.brandings.branding(of: tenant))
        case .setConfig(let tenant, let value):
            let branding = try Branding(value)
            try await daemon.brandings.set(branding, of: tenant)
            return Self.report(branding)
        case .features(let tenant): return try await features(of: tenant)
        case .setFeatures(let tenant, let names):
            var changes: [Feature: Bool] = [:]
            for (name, isOn) in names {
                guard let feature = Feature(rawValue: name) else {
                    let known = Feature.allCases.map(\.rawValue)
                    throw Problem(
                        .invalidInput, "/features/\(name.prefix(40)): unknown feature",
                        hint: known.nearest(to: name).map { "did you mean \($0)?" } ?? known.joined(separator: ", "))
                }
                changes[feature] = isOn
            }
            try await daemon.features.set(changes, of: tenant)
            return try await features(of: tenant)
        case .addDomain(let tenant, let name): return report(try await daemon.domains.claim(name, for: tenant))
        case .domains(let tenant):
            return ["domains": .array(try await daemon.domains.list(of: tenant).map(report))]
        case .domain(let tenant, let name): return report(try await daemon.domains.find(name, of: tenant))
        case .checkDomain(let tenant, let name): return report(try await daemon.domains.check(name, of: tenant))
        case .logo(let tenant):
            guard let logo = try await daemon.brandings.logo(of: tenant) else { throw Self.noLogo(tenant) }
            let text = logo.png.withUnsafeBytes(Base64.encode)
            return Self.report(logo, ["data": .string(String(decoding: text, as: UTF8.self))])
        case .setLogo(let tenant, let picture):
            _ = try await daemon.store.tenant(tenant)
            let logo = try await daemon.logos.press(Array(picture.bytes.readableBytesView))
            try await daemon.brandings.set(logo, of: tenant)
            return Self.report(logo)
        case .deleteLogo(let tenant):
            guard try await daemon.brandings.removeLogo(of: tenant) else { throw Self.noLogo(tenant) }
            return [:]
        case .deleteDomain(let tenant, let name): return report(try await daemon.domains.remove(name, of: tenant))
        }
    }

    private static func noLogo(_ tenant: TenantID) -> Problem { Problem(.notFound, "tenant \(tenant) has no logo") }

    private static func report(_ logo: Logo, _ more: [String: JSONValue] = [:]) -> JSONValue {
        .object(
            more.merging([
                "sha256": .string(logo.digest), "size": JSONValue(logo.png.count), "width": JSONValue(logo.width),
                "height": JSONValue(logo.height),
            ]) { $1 })
    }

    private func report(_ claim: DomainClaim) -> JSONValue {
        var records: [JSONValue] = []
        if claim.kind == .custom {
            records = [
                ["type": "TXT", "name": .string(claim.name.challenge), "value": .string(claim.token)],
                [
                    "type": "CNAME", "name": .string(claim.name.description),
                    "value": .string(daemon.domains.settings?.target.description ?? ""),
                ],
            ]
        }
        return [
            "domain": .string(claim.name.description), "kind": .string(claim.kind.rawValue), "state": .string(claim.state.rawValue),
            "reason": JSONValue(claim.obstacle),
            "certificate": claim.certificate.map {
                ["issuer": .string($0.issuer), "validUntil": .string(Timestamp(milliseconds: $0.validUntil).description)]
            } ?? .null,
            "inspected": JSONValue(claim.inspected.map { Timestamp(milliseconds: $0).description }), "created": .string(Timestamp(milliseconds: claim.created).description),
            "since": .string(Timestamp(milliseconds: claim.since).description),
            "checked": JSONValue(claim.checked.map { Timestamp(milliseconds: $0).description }), "records": .array(records),
        ]
    }

    private func features(of tenant: TenantID) async throws(Problem) -> JSONValue {
        let all = try await daemon.features.all(of: tenant).map { ($0.key.rawValue, JSONValue.bool($0.value)) }
        return ["features": .object(Dictionary(uniqueKeysWithValues: all))]
    }

    private static func report(_ branding: Branding) -> JSONValue {
        let style = StyleFilter(branding.css)
        return [
            "config": branding.json, "contrast": .array(branding.contrasts.map(\.json)),
            "dropped": .array(style.drops.map(\.json)), "untold": JSONValue(style.untold),
        ]
    }
}
