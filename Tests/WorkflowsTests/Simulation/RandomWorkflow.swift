import Model
import Workflows

/// Makes definitions of every shape that the reader accepts: branches, joins, loops within loops, retries, error ports.
struct RandomWorkflow {
    private var random: SeededRandom
    private var nodes: [JSONValue] = []
    private var count = 0

    private init(_ random: SeededRandom) { self.random = random }

    static func definition(_ random: inout SeededRandom) -> JSONValue {
        var maker = RandomWorkflow(SeededRandom(random.next()))
        maker.level(depth: 0, size: Int.random(in: 2...9, using: &maker.random), first: ["type": "trigger", "config": ["kind": "manual"]])
        let durability = maker.random.pick(Workflow.Durability.allCases).rawValue
        return [
            "id": "simulated", "name": "Simulated", "nodes": .array(maker.nodes), "settings": ["durability": .string(durability)],
        ]
    }

    private struct Place {
        var index: Int
        var id: String
        var ports: [String]
    }

    /// Nodes of one level, each but the first behind one or two earlier ones. Gives the name of the first.
    @discardableResult
    private mutating func level(depth: Int, size: Int, first: JSONValue?) -> String {
        var places: [Place] = []
        for position in 0..<size {
            let node = position == 0 && first != nil ? first! : self.node(depth, joins: position > 2)
            let id = "n\(count)"
            count += 1
            var members = node.object ?? [:]
            members["id"] = .string(id)
            let index = nodes.count
            nodes.append(.object(members))
            let sources = places.filter { !$0.ports.isEmpty }
            if position > 0, !sources.isEmpty {
                let wanted = min(sources.count, random.chance(35) ? Int.random(in: 2...3, using: &random) : 1)
                var used: Set<Int> = []
                while used.count < wanted {
                    let source = random.pick(sources)
                    used.insert(source.index)
                    connect(source.index, random.pick(source.ports), id)
                }
            }
            places.append(Place(index: index, id: id, ports: Self.ports(of: members)))
            if members["type"] == "loop" {
                let inner = level(depth: depth + 1, size: Int.random(in: 1...4, using: &random), first: ["type": "action", "config": ["kind": "transform", "expression": "."]])
                connect(index, "each", inner)
            }
        }
        return places[0].id
    }

    private mutating func connect(_ source: Int, _ port: String, _ target: String) {
        var members = nodes[source].object ?? [:]
        let connection: JSONValue = ["port": .string(port), "to": .string(target)]
        var connections = members["connections"]?.array ?? []
        guard !connections.contains(connection) else { return }
        connections.append(connection)
        members["connections"] = .array(connections)
        nodes[source] = .object(members)
    }

    private static func ports(of members: [String: JSONValue]) -> [String] {
        switch (members["type"]?.string, members["config"]?["kind"]?.string) {
        case ("condition", "if"): ["true", "false", "error"]
        case ("condition", "switch"): ["one", "two", "default"]
        case ("loop", _): ["done", "done", "error"]
        case ("action", "raise"): ["error"]
        case ("action", "approval"): ["approved", "rejected", "expired"]
        case ("action", "tool"), ("action", "http"), ("action", "connector"): ["out", "out", "out", "error"]
        default: ["out"]
        }
    }

    private mutating func reaching() -> [String: JSONValue] {
        var config: [String: JSONValue] = random.pick([
            [
                "kind": "http", "method": .string(random.pick(["GET", "POST"])), "url": "https://world.example/${ 1 }", "query": ["a": "${ 2 }"],
                "idempotency": .string(random.pick(NodeKind.Idempotency.allCases).rawValue),
            ],
            ["kind": "notify", "to": ["admin"], "subject": "so", "text": "${ 3 }"],
            [
                "kind": "connector", "connector": "world", "action": "thing.do",
                "idempotency": .string(random.pick(NodeKind.Idempotency.allCases).rawValue),
            ],
        ])
        if random.chance(50) { config["retry"] = ["attempts": 3, "delay": "2s"] }
        return config
    }

    private mutating func node(_ depth: Int, joins: Bool) -> JSONValue {
        let choice = Int.random(in: 0..<(depth < 2 ? 100 : 85), using: &random)
        var config: [String: JSONValue]
        var type = "action"
        switch choice {
        case 0..<35 where random.chance(30): config = reaching()
        case 0..<35:
            config = [
                "kind": "tool", "plugin": "world", "tool": "work",
                "idempotency": .string(random.pick(NodeKind.Idempotency.allCases).rawValue),
            ]
            if random.chance(50) {
                config["retry"] = ["attempts": .integer(Int64.random(in: 1...4, using: &random)), "delay": "2s", "jitter": "1s"]
            }
            if random.chance(30) { config["timeout"] = "20s" }
        case 35..<45: config = ["kind": "transform", "expression": "."]
        case 45..<50: config = ["kind": "set", "values": ["a": 1]]
        case 50..<55: config = ["kind": "wait", "for": .string(random.pick(["0s", "5s", "90s"]))]
        case 55..<60:
            config = ["kind": "approval", "title": "May it?", "approvers": ["admin"], "required": .integer(random.chance(30) ? 2 : 1)]
            if random.chance(70) { config["deadline"] = "60s" }
            if random.chance(50) { config["remind"] = "20s" }
        case 60..<64: config = ["kind": "emit", "event": "simulated.event", "idempotency": "idempotent"]
        case 64..<67: config = ["kind": "raise", "message": "no"]
        case 67..<69:
            config = ["kind": "workflow", "workflow": "another"]
            if random.chance(50) { config["retry"] = ["attempts": 3, "delay": .string(random.pick(["0s", "5s"]))] }
            if random.chance(30) { config["timeout"] = "30s" }
        case 69..<75 where joins: config = ["kind": "join", "mode": .string(random.pick(["all", "any", "race"]))]
        case 75..<80:
            type = "condition"
            config = ["kind": "if", "condition": .string(random.pick(["true", "false"]))]
        case 80..<85:
            type = "condition"
            config = [
                "kind": "switch",
                "cases": [
                    ["port": "one", "when": .string(random.pick(["true", "false"]))],
                    ["port": "two", "when": .string(random.pick(["true", "false"]))],
                ],
            ]
        case 85..<95:
            type = "loop"
            config = [
                "kind": "forEach", "items": .string(random.pick(["[]", "[1]", "[1,2,3]", "[1,2,3,4,5]"])),
                "concurrency": .integer(Int64.random(in: 1...3, using: &random)), "collectErrors": .bool(random.chance(50)),
            ]
            if random.chance(20) { config["batch"] = 2 }
        case 95..<100:
            type = "loop"
            // The simulated evaluator counts how often it was asked.
            config = ["kind": "while", "condition": "again", "limit": .integer(Int64.random(in: 1...4, using: &random))]
        default: config = ["kind": "transform", "expression": "."]
        }
        if random.chance(10) { config["if"] = .string(random.pick(["true", "false"])) }
        if random.chance(10) { config["continueOnError"] = true }
        if random.chance(10) { config["output"] = ["b": 2] }
        return ["type": .string(type), "config": .object(config)]
    }
}
