package import Model

/// Which quotas the kernel holds children to on this machine, and for each that it does not, why.
package struct Enforcement: Sendable, Equatable {
    package enum Resource: String, Sendable, CaseIterable {
        case memory, processes, cpu, io, kill
    }

    /// One thing that is not enforced.
    package struct Gap: Sendable, Equatable {
        package var resource: Resource
        package var reason: String
        /// What is done in its place, if anything.
        package var standIn: String?

        package init(_ resource: Resource, reason: String, standIn: String? = nil) {
            self.resource = resource
            self.reason = reason
            self.standIn = standIn
        }

        /// A sentence for people.
        package var text: String {
            let subject =
                switch resource {
                case .memory: "memory of a tenant or plugin is not limited"
                case .processes: "the number of processes of a tenant or plugin is not limited"
                case .cpu: "processor time is neither limited nor shared by weight"
                case .io: "disk transfer is not limited"
                case .kill: "children are not in control groups"
                }
            return "\(subject): \(reason)" + (standIn.map { "; \($0)" } ?? "")
        }
    }

    /// The group below which children live; nil where there is none.
    package var controlGroup: String?
    package var gaps: [Gap]

    package init(controlGroup: String?, gaps: [Gap]) {
        self.controlGroup = controlGroup
        self.gaps = gaps
    }

    package func enforces(_ resource: Resource) -> Bool { !gaps.contains { $0.resource == resource } }

    package var memory: Bool { enforces(.memory) }
    package var processes: Bool { enforces(.processes) }
    package var cpu: Bool { enforces(.cpu) }
    package var io: Bool { enforces(.io) }
    /// Whether all processes of a child can be ended at once by their group. Where not, its pid namespace still ends them.
    package var kill: Bool { enforces(.kill) }

    /// A sentence for each gap.
    package var missing: [String] { gaps.map(\.text) }

    /// Throws where the kernel does not enforce the quotas of memory, processes and processor time: what a daemon with
    /// `require-enforced-quotas: true` must not start under.
    package func requireQuotas() throws(Problem) {
        let open = gaps.filter { [.memory, .processes, .cpu].contains($0.resource) }
        guard !open.isEmpty else { return }
        throw Problem(
            .invalidConfiguration,
            "quotas cannot be enforced here: \(open.map(\.resource.rawValue).joined(separator: ", "))",
            hint: "run the daemon as a systemd service with Delegate=yes, or set `require-enforced-quotas: false`",
            cause: open.map(\.text).joined(separator: "\n"))
    }

    package var json: JSONValue {
        [
            "controlGroup": JSONValue(controlGroup), "memory": .bool(memory), "processes": .bool(processes),
            "cpu": .bool(cpu), "io": .bool(io), "kill": .bool(kill), "missing": .array(missing.map(JSONValue.string)),
        ]
    }

    /// What is not enforced where there are no control groups at all.
    static func none(because reason: String) -> Enforcement {
        Enforcement(
            controlGroup: nil,
            gaps: Resource.allCases.map { Gap($0, reason: reason, standIn: $0.standIn) })
    }
}

extension Enforcement.Resource {
    /// What holds a single process where the group is not held.
    var standIn: String? {
        switch self {
        case .memory: "each process is limited by RLIMIT_DATA instead"
        case .processes: "each child is limited by RLIMIT_NPROC instead"
        case .cpu, .io: nil
        case .kill: "a child's processes end with its pid namespace"
        }
    }
}
