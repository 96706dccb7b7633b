package import Model

/// What this machine can hold children to, check by check: what `cloister doctor` prints.
package struct HostReport: Sendable, Equatable {
    package struct Check: Sendable, Equatable {
        package enum Outcome: String, Sendable {
            case ok
            /// Works, with one wall less.
            case weaker
            /// Nothing can be started, or not under every profile.
            case failed
        }

        package var name: String
        package var outcome: Outcome
        package var detail: String
        /// What an operator can do about it.
        package var hint: String?

        package init(_ name: String, _ outcome: Outcome, _ detail: String, hint: String? = nil) {
            self.name = name
            self.outcome = outcome
            self.detail = detail
            self.hint = hint
        }
    }

    package var checks: [Check]
    /// What a daemon that is started from here would enforce.
    package var enforcement: Enforcement
    package var identities: IdentityMode

    package var outcome: Check.Outcome {
        let outcomes = checks.map(\.outcome)
        return outcomes.contains(.failed) ? .failed : outcomes.contains(.weaker) ? .weaker : .ok
    }

    /// Looks at this machine. Changes nothing and needs no daemon; one that runs is not disturbed.
    package static func examine(
        controlGroup: ControlGroupTree.Choice = .automatic, dataFolder: String = "/var/lib/cloister"
    ) -> HostReport {
        HostReport(
            features: .probe(), user: .probe(),
            enforcement: ControlGroupTree.foresee(controlGroup, dataFolder: dataFolder))
    }

    /// Pure: what the findings mean.
    package init(features: KernelFeatures, user: HostUser, enforcement: Enforcement) {
        let best = try? IdentityMode.select(.auto, for: user)
        identities = best ?? .single
        self.enforcement = enforcement
        checks = [
            Self.kernel(features), Self.namespaces(features), Self.proc(features), Self.filter(features),
            Self.landlock(features), Self.identities(best ?? .single, user), Self.descriptors(features),
            Self.writableCode(features), Self.links(features), Self.wayOut(features),
        ]
        checks += Enforcement.Resource.allCases.map { Self.quota($0, enforcement, features) }
    }

    package var json: JSONValue {
        [
            "outcome": .string(outcome.rawValue), "identities": .string(identities.name),
            "enforcement": enforcement.json, "checks": .array(checks.map(\.json)),
        ]
    }
}

extension HostReport.Check {
    package var json: JSONValue {
        var members: [String: JSONValue] = [
            "name": .string(name), "outcome": .string(outcome.rawValue), "detail": .string(detail),
        ]
        if let hint { members["hint"] = .string(hint) }
        return .object(members)
    }
}
