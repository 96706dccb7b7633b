import Glibc
import Model

/// Holds one plugin against every rule.
enum ConformanceRun {
    /// A verdict for each rule, in their order. Where `initialize` is not answered, the rest is not tried.
    static func run(
        _ target: ConformanceTarget, _ subject: ConformanceSubject, patience: Duration,
        report: (ConformanceVerdict) -> Void = { _ in }
    ) -> [ConformanceVerdict] {
        // A plugin that ends closes the pipe that is written to, which must not end the judge.
        signal(SIGPIPE, SIG_IGN)
        var observations = Observations()
        var outcomes: [Int: ConformanceVerdict.Outcome] = [:]
        func judge(_ rule: ConformanceRule) {
            outcomes[rule.number] = outcome { () throws(Breach) in
                switch rule.check {
                case .trial(let body):
                    var trial = ConformanceTrial(target, subject, patience: patience)
                    defer { observations.add(trial.observations) }
                    try body(&trial)
                case .overall(let body): try body(observations)
                }
            }
        }

        let (trials, judgements) = ConformanceRules.all.reduce(into: ([ConformanceRule](), [ConformanceRule]())) {
            if case .trial = $1.check { $0.0.append($1) } else { $0.1.append($1) }
        }
        let first = ConformanceRules.greeting[0]
        judge(first)
        if outcomes[first.number] == .passed {
            for rule in trials where rule.number != first.number { judge(rule) }
        }
        for rule in judgements { judge(rule) }
        return ConformanceRules.all.map { rule in
            let outcome = outcomes[rule.number] ?? .skipped("`initialize` is not answered")
            let verdict = ConformanceVerdict(rule: rule, outcome: outcome)
            report(verdict)
            return verdict
        }
    }

    private static func outcome(_ body: () throws(Breach) -> Void) -> ConformanceVerdict.Outcome {
        do throws(Breach) {
            try body()
            return .passed
        } catch {
            switch error {
            case .broken(let how): return .failed(how)
            case .untested(let why): return .skipped(why)
            }
        }
    }
}
