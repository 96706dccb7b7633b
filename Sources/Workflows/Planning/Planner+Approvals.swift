import Model

/// Decisions of people.
extension Planner {
    mutating func ask(_ key: StepKey, _ approval: Approval, _ title: String) {
        change(key) {
            $0.state = .waiting
            $0.attempt = 1
            $0.title = title
            $0.due = approval.nextDue($0)
        }
        effects.append(.invoke(key, attempt: 1, .approval(title: title, approval)))
    }

    /// A person decides once; what comes after the last needed decision changes nothing.
    mutating func decide(_ key: StepKey, _ decision: Step.Decision) {
        guard let step = steps[key], step.state == .waiting, case .action(.approval(let approval)) = node(key)?.kind,
            !step.decisions.contains(where: { $0.person == decision.person })
        else { return }
        change(key) { $0.decisions.append(decision) }
        let decisions = step.decisions + [decision]
        if !decision.isApproved {
            complete(key, .rejected, Self.payload(decisions))
        } else if decisions.count(where: { $0.isApproved }) >= approval.required {
            complete(key, .approved, Self.payload(decisions))
        }
    }

    /// What is due of an approval: its end, others, or a reminder. What was missed while nothing ran is made up for once.
    mutating func remind(_ key: StepKey, _ approval: Approval) {
        guard let step = steps[key] else { return }
        if let deadline = approval.deadline, step.began + deadline.milliseconds <= now {
            effects.append(.abort(key, attempt: step.attempt))
            return complete(key, .expired, Self.payload(step.decisions))
        }
        var asked: [String] = []
        let now = now
        change(key) {
            if let after = approval.escalateAfter, !$0.isEscalated, $0.began + after.milliseconds <= now {
                $0.isEscalated = true
                asked += approval.escalateTo
            }
            if let remind = approval.remind, remind > .zero, $0.reminders < Approval.reminderLimit {
                let passed = Int((now - $0.began) / remind.milliseconds)
                if passed > $0.reminders {
                    $0.reminders = passed
                    asked += approval.approvers
                }
            }
            $0.due = approval.nextDue($0)
        }
        if !asked.isEmpty { effects.append(.remind(key, asked)) }
    }

    private static func payload(_ decisions: [Step.Decision]) -> Payload {
        .object([
            "decisions": .array(
                decisions.map { decision in
                    .object([
                        "person": .inline(JSONValue.string(decision.person).compactText),
                        "approved": .inline(decision.isApproved ? "true" : "false"),
                        "at": .inline(String(decision.at)), "form": decision.form ?? .null,
                    ])
                })
        ])
    }
}

extension Approval {
    /// Reminders of one approval; who has not answered by then will not for one more.
    package static let reminderLimit = 30

    /// The earliest of its deadline, the escalation and the next reminder.
    fileprivate func nextDue(_ step: Step) -> Int64? {
        var dues: [Int64] = []
        if let deadline { dues.append(step.began + deadline.milliseconds) }
        if let escalateAfter, !step.isEscalated { dues.append(step.began + escalateAfter.milliseconds) }
        if let remind, remind > .zero, step.reminders < Self.reminderLimit { dues.append(step.began + remind.milliseconds * Int64(step.reminders + 1)) }
        return dues.min()
    }
}
