import Glibc
import Model
import NIOCore
import NIOPosix
import Testing

@testable import Egress

/// The system's resolver with a name server of the test's own.
@Suite(.serialized, .timeLimit(.minutes(2))) struct SystemResolverTests {
    private static let slow = EgressOwner(tenant: TenantID(unchecked: "acme"), plugin: PluginID(unchecked: "slow"))
    private static let other = EgressOwner(tenant: TenantID(unchecked: "acme"), plugin: PluginID(unchecked: "other"))
    private static let address: [UInt8] = [192, 0, 2, 7]

    private func with(
        timeout: TimeAmount = .seconds(5), _ body: (SystemResolver, NameServer) async throws -> Void
    ) async throws {
        // A search domain, as a machine's configuration may have one (resolv.conf(5)).
        setenv("LOCALDOMAIN", "search.test", 1)
        let known = ["name.test": Self.address, "name.search.test": Self.address, "lone": Self.address]
        try await NameServer.with(known) { server, port in
            let resolver = SystemResolver(timeout: timeout, server: port)
            let outcome: Result<Void, any Error>
            do { outcome = .success(try await body(resolver, server)) } catch { outcome = .failure(error) }
            await resolver.shutDown()
            try outcome.get()
        }
    }

    private func ask(_ name: String, for owner: EgressOwner = other, _ resolver: SystemResolver) async -> Result<[Address], Refusal> {
        do {
            return .success(
                try await resolver.addresses(of: name, for: owner, on: MultiThreadedEventLoopGroup.singleton.any()).get())
        } catch {
            return .failure(error as? Refusal ?? Refusal(.badAnswer, "\(error)"))
        }
    }

    private func kind(_ result: Result<[Address], Refusal>) -> Refusal.Kind? {
        if case .failure(let refusal) = result { refusal.kind } else { nil }
    }

    @Test func `a name is looked up as it stands, without search domains`() async throws {
        try await with { resolver, server in
            #expect(await ask("name.test", resolver) == .success([Address("192.0.2.7")!]))
            #expect(await ask("lone", resolver) == .success([Address("192.0.2.7")!]))
            #expect(await kind(ask("name", resolver)) == .nameNotFound)
            #expect(await kind(ask("name.sub", resolver)) == .nameNotFound)
            #expect(Set(server.questions) == ["name.test", "lone", "name", "name.sub"])
        }
    }

    @Test(arguments: ["127.1", "2130706433", "0x7f.1", "0177.0.0.1", "1.2.3", "127.0.0.1", "name.test.", "NAME.test"])
    func `what is no name in its one form is never asked for`(text: String) async throws {
        try await with { resolver, server in
            #expect(await kind(ask(text, resolver)) == .badTarget)
            #expect(server.questions.isEmpty)
        }
    }

    @Test func `one whose names are slow is refused beyond its share, and others are answered`() async throws {
        try await with { resolver, _ in
            await withTaskGroup(of: Refusal.Kind?.self) { group in
                for number in 1...40 { group.addTask { await kind(ask("slow\(number).test", for: Self.slow, resolver)) } }
                var kinds: [Refusal.Kind?] = []
                // Those beyond the share are told at once, so from now on the others are in flight.
                while kinds.count < 40 - SystemResolver.share, let kind = await group.next() { kinds.append(kind) }
                #expect(Set(kinds) == [.tooManyLookups])
                for _ in 1...3 { #expect(await ask("name.test", resolver) == .success([Address("192.0.2.7")!])) }
                for await kind in group { #expect(kind == .timeout) }
            }
            // Whose names were slow has its share back once they are over.
            while await kind(ask("name.test", for: Self.slow, resolver)) != nil { try? await Task.sleep(for: .milliseconds(20)) }
        }
    }

    @Test func `a lookup has a deadline, whatever the name server does`() async throws {
        try await with(timeout: .milliseconds(200)) { resolver, _ in
            #expect(await kind(ask("slow.test", resolver)) == .timeout)
        }
    }
}
