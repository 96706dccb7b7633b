import Egress
import Model
import NIOCore
import NIOPosix
import Supervisor
import Synchronization

/// Attacks 37 to 39 and 44 from a child that has a way out: what may be reached is granted, so that only what is wrong
/// with a request can stop it, and a server on the loopback address tells whether anything came through.
struct EgressAttacks: Sendable {
    private static let numbers = [37, 38, 39, 44]

    static func run(_ host: ScratchHost, _ probe: ScratchPlugin) async throws -> [AttackOutcome] {
        let canary = try await Canary.start(on: host.loops)
        let anyone = [
            "*.test", "169.254.169.254", "127.0.0.1", "127.0.0.2", "0.0.0.0", "::1", "::ffff:127.0.0.1", "::127.0.0.1",
            "64:ff9b::7f00:1", "2002:7f00:1::", "fd00:ec2::254", "10.0.0.1", "100.100.100.200", "192.168.0.1", "fe80::1", "224.0.0.1",
            "255.255.255.255",
        ]
        let policy = EgressPolicy([
            .init(hosts: try anyone.map { (host) throws(Problem) in try HostPattern(host) }, ports: Set(1...65535))
        ])
        // Inside addresses are refused to this one, and allowed to the next, where the words of a request are at fault.
        let strict = try ScratchEgress(policy, allowing: [], resolver: ChangingNames())
        let lenient = try ScratchEgress(policy, allowing: [canary.port], resolver: ChangingNames(good: "127.0.0.1"))
        var outcomes: [AttackOutcome] = []
        for (way, numbers) in [(strict, [37, 38, 44]), (lenient, [39])] {
            let pool = try await host.pool(probe, ["/plugin/cloister-probe"], egress: way)
            for number in numbers {
                var outcome = try await attempt(number, pool, canary)
                let usage = way.egress.usage()
                if number != 37, usage.refusals == 0 {
                    outcome = outcome.failing("the proxy was never asked")
                }
                outcomes.append(outcome)
            }
            await pool.stop(refusing: Problem(.shuttingDown, "the attempt is over"))
            await way.egress.shutDown()
        }
        try await canary.stop()
        return outcomes
    }

    private static func attempt(_ number: Int, _ pool: ChildPool, _ canary: Canary) async throws -> AttackOutcome {
        let parameters: JSONValue = ["name": "attempt", "input": ["number": JSONValue(number), "port": JSONValue(canary.port)]]
        let answer = try await pool.call("tool/call", ByteBuffer(bytes: parameters.bytes), deadline: .seconds(120))
        let value = try JSONValue.parse(Array(answer.readableBytesView), as: "attempt")["output"] ?? .null
        let outcome = AttackOutcome(
            number: number, title: (value["title"]?.string ?? "") + ", with a way out", expected: value["expected"]?.string ?? "",
            got: value["got"]?.string ?? "", holds: value["holds"]?.bool ?? false)
        return canary.received > 0 ? outcome.failing("\(canary.received) bytes reached the host") : outcome
    }
}

extension AttackOutcome {
    fileprivate func failing(_ why: String) -> AttackOutcome {
        AttackOutcome(number: number, title: title, expected: expected, got: "\(got); \(why)", holds: false)
    }
}

/// Names that turn from a public address, which nobody has, to the loopback address, and one that is always inside.
private final class ChangingNames: NameResolver {
    private let good: String?
    private let turned = Mutex(false)

    init(good: String? = nil) { self.good = good }

    func addresses(of name: String, for owner: EgressOwner, on loop: any EventLoop) -> EventLoopFuture<[Address]> {
        let text: String
        switch name {
        case "good.test": text = good ?? "10.0.0.1"
        case "turning.test":
            let wasTurned = turned.withLock { turned in
                defer { turned = true }
                return turned
            }
            // Reserved for documentation, so never dialled either: what counts is that the second answer is judged anew.
            text = wasTurned ? "127.0.0.1" : "192.0.2.1"
        default: text = "10.0.0.1"
        }
        return loop.makeSucceededFuture([Address(text)!])
    }
}

/// A server of the host's that nothing should reach.
private final class Canary: Sendable {
    private let count = Atomic(0)
    private let channel = Mutex<(any Channel)?>(nil)

    static func start(on loops: any EventLoopGroup) async throws -> Canary {
        let canary = Canary()
        let channel = try await ServerBootstrap(group: loops)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Counter(canary)) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        canary.channel.withLock { $0 = channel }
        return canary
    }

    var port: Int { channel.withLock { $0?.localAddress?.port ?? 0 } }
    var received: Int { count.load(ordering: .relaxed) }

    func stop() async throws { try await channel.withLock { $0 }?.close() }

    private final class Counter: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let canary: Canary
        init(_ canary: Canary) { self.canary = canary }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            canary.count.add(unwrapInboundIn(data).readableBytes, ordering: .relaxed)
        }
    }
}
