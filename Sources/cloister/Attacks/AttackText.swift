/// Attacks for people.
enum AttackText {
    static func text(_ outcomes: [AttackOutcome], width: Int?) -> String {
        var table = Table([.right("NUMBER"), .flexible("ATTEMPT"), .flexible("EXPECTED"), .flexible("GOT"), .left("HOLDS")])
        for outcome in outcomes {
            table.append([
                String(outcome.number), outcome.title, outcome.expected, outcome.got, outcome.holds ? "yes" : "NO",
            ])
        }
        let broken = outcomes.filter { !$0.holds }
        let summary =
            broken.isEmpty
            ? "all \(outcomes.count) attempts were held"
            : "\(broken.count) of \(outcomes.count) attempts were not held: \(broken.map { String($0.number) }.joined(separator: ", "))"
        return table.text(width: width) + "\n" + summary + "\n"
    }
}
