import Control
import Model
import Testing

@testable import cloister

@Suite(.timeLimit(.minutes(2)))
struct WorkflowLinkCommandTests {
    private static let greet = WorkflowID(unchecked: "greet")
    private static let link: JSONValue = [
        "id": "link-1f", "workflow": "greet", "version": 3, "created": "2026-01-01T00:00:00.000Z", "createdBy": "key key-1",
        "expires": "2026-01-08T00:00:00.000Z", "uses": 2, "lastUse": nil,
    ]

    @Test func `a link is shown whole once, listed without what opens it, and revoked`() async throws {
        let path = "/share/acme/" + String(repeating: "a", count: 43)
        try await CommandFixture.with({ request, _ in
            switch request {
            case .workflow(.share): .value(.object((Self.link.object ?? [:]).merging(["path": .string(path)]) { $1 }))
            case .workflow(.links): .value(["links": [Self.link]])
            default: .value(Self.link)
            }
        }) { (fixture) async throws in
            let made = try await fixture.run("workflow", "share", "greet", "--tenant", "acme", "--version", "3", "--expires", "7d")
            #expect(
                made.output == """
                    link     link-1f
                    opens    version 3 of greet
                    expires  2026-01-08T00:00:00.000Z

                    \(path)

                    Below https:// and the daemon's host. Keep it now: it is not shown again.

                    """)
            #expect(try await fixture.run("workflow", "share", "greet", "--tenant", "acme").status == 0)
            let list = try await fixture.run("workflow", "links", "greet", "--tenant", "acme")
            #expect(
                list.output == """
                    LINK     VERSION  EXPIRES                   USES  LAST USE  BY
                    link-1f        3  2026-01-08T00:00:00.000Z     2  -         key key-1

                    """)
            #expect(try await fixture.run("workflow", "unshare", "greet", "link-1f", "--tenant", "acme").output == "revoked link-1f\n")
            #expect(
                fixture.requests.all == [
                    .workflow(.share(Sample.acme, Self.greet, version: 3, lasting: .seconds(7 * 86_400))),
                    .workflow(.share(Sample.acme, Self.greet, version: nil, lasting: nil)),
                    .workflow(.links(Sample.acme, Self.greet)),
                    .workflow(.unshare(Sample.acme, Self.greet, WorkflowLinkID(unchecked: "link-1f"))),
                ])
            let wrong = try await fixture.run("workflow", "share", "greet", "--tenant", "acme", "--expires", "soon")
            #expect(wrong.status == 65 && wrong.errors.contains("--expires: expected a time"), "\(wrong.errors)")
        }
    }

    @Test(arguments: [#"{"id": "greet", "nodes": []}"#, "id: greet\nnodes: []\n"])
    func `what comes on standard input is imported`(text: String) async throws {
        try await CommandFixture.with({ _, _ in .value(["id": "greet"]) }) { (fixture) async throws in
            let run = try await fixture.run("workflow", "import", "-", "--tenant", "acme", "--replace", input: text)
            #expect(run.status == 0, "\(run.errors)")
            #expect(fixture.requests.all == [.workflow(.import(Sample.acme, text: #"{"id":"greet","nodes":[]}"#, replaces: true))])
            #expect(try await fixture.run("workflow", "save", "-", "--tenant", "acme", input: text).status == 0)
            let valid = try await fixture.run("workflow", "validate", "-", input: "id: greet\nnodes: [")
            #expect(valid.status == 65 && valid.errors.contains("standard input"), "\(valid.errors)")
        }
    }

    @Test func `nothing and too much on standard input is refused before it is sent`() async throws {
        try await CommandFixture.with({ _, _ in .value([:]) }) { (fixture) async throws in
            for text in ["", String(repeating: " ", count: (1 << 20) + 1)] {
                let run = try await fixture.run("workflow", "import", "-", "--tenant", "acme", input: text)
                #expect(run.status == 65 && run.errors.contains("standard input"), "\(run.errors)")
            }
            #expect(fixture.requests.all.isEmpty)
        }
    }
}
