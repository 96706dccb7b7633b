import Model
import Testing

@testable import cloister

/// Every command that an operator, an author or a tenant's people type is given once to a real daemon.
@Suite(.timeLimit(.minutes(5)))
struct CommandWalkTests {
    @Test func `an author makes a plugin, packs and signs it, and an operator takes it through its life`() async throws {
        try await CommandWalk.with { (walk: CommandWalk) async throws in
            try await walk.go("plugin new greeter --language python --in \(walk.folder)", shows: "greeter", "cloister plugin test")
            try await walk.go("plugin validate @greeter", shows: "greeter 0.1.0: no mistake found")
            try await walk.go("plugin test @greeter", shows: "pass  ", "3 passed, 0 failed")
            try await walk.go("plugin conform @greeter", shows: "pass   9  members that a plugin does not know")
            try await walk.go("plugin keygen @key", shows: "private key", "trusted-keys:")
            try await walk.go("plugin pack @greeter --output \(walk.folder)/one", shows: "plugin      greeter 0.1.0", "signatures  none")
            try await walk.go("plugin sign @one --key \(walk.folder)/key", shows: "digest      sha256:")
            try await walk.go("plugin verify @one --key \(walk.folder)/key.pub", shows: "trusted")
            try await walk.go("plugin verify @greeter/plugin.yaml", status: 65, shows: "plugin.yaml")
            try await walk.go("plugin schema", shows: "$schema")
            try await walk.go("plugin list", shows: "no plugins")
            try await walk.go("plugin install @one : --enable", shows: "Greeter 0.1.0 (greeter) for acme: active")
            try await walk.go("plugin list", shows: "PLUGIN   VERSION  TENANT", "greeter  0.1.0    acme    active")
            try await walk.go("plugin show greeter :", shows: "status   active", "TOOL   DESCRIPTION")
            try await walk.go("plugin permissions greeter :", shows: "greeter of acme asks for nothing")
            try await walk.go("plugin logs greeter :", shows: "ready")
            try await walk.go("plugin call greeter count : --input {}", status: 65, shows: "cloister: ")
            try await walk.go("plugin pin greeter :", shows: "updates are refused")
            try await walk.go("plugin pin greeter : --off", shows: "greeter")
            try await walk.go("plugin disable greeter :", shows: "inactive", "next: cloister plugin enable greeter")
            try await walk.go("plugin enable greeter :", shows: "active")
            try await walk.go("plugin stop greeter :", shows: "greeter of acme: stopped")
            try await walk.go("plugin restart greeter :", shows: "Greeter 0.1.0 (greeter) for acme: ready")
            try walk.write("{}", to: "configuration.json")
            try await walk.go("plugin configure greeter @configuration.json :", shows: "active")
            try await walk.go("plugin consent greeter :", shows: "active")
            try await walk.go("plugin rollback greeter :", status: 66, shows: "no earlier version")
            try await walk.go("plugin update @one :", status: 73, shows: "in force already")
            try await walk.go("plugin uninstall greeter :", shows: "greeter")
            try await walk.go("plugin show greeter :", status: 66, shows: "plugin not found", "hint")
            try await walk.go("plugin uninstall greeter : --purge", shows: "greeter")
            try await walk.go("plugin run @greeter :", shows: "Greeter 0.1.0 (greeter) for acme")
            try await walk.go("hook list :", shows: "no handlers")
            try await walk.go("hook restore greeter :", shows: "0 handlers brought back")
            try await walk.go("doctor", shows: "kernel")
            try await walk.go("completion bash", shows: "complete")
        }
    }

    @Test func `documents come, are shown, passed on and go, at once and in parts`() async throws {
        try await CommandWalk.with { (walk: CommandWalk) async throws in
            try walk.write("hello\n", to: "a.txt")
            try await walk.go("document list :", shows: "no documents")
            try await walk.go("document put @a.txt :", shows: "name      a.txt", "type      text/plain")
            let document = try await walk.first("document list :", of: "documents", "document")
            try await walk.go("document list :", shows: document, "a.txt")
            try await walk.go("document show \(document) :", shows: "sha256    5891b5b522d5df08")
            #expect(try await walk.go("document get \(document) :") == "hello\n")
            try await walk.go("document get \(document) : --output \(walk.folder)/b.txt")
            try await walk.go("document process \(document) :", shows: "no handlers", "metadata  {}")
            try await walk.go("hook apply document.metadata : --value {\"a\":1} --document \(document)", shows: "{\"a\":1,\"document\":")
            try await walk.go("hook trace document.metadata : --value {\"a\":1} --document \(document)", shows: "no handlers", "value: ")
            try await walk.go("hook apply document.metadata :", status: 65, shows: "needs a document")
            try await walk.go("event emit sync.finished : --value {}", shows: "no handlers")
            try await walk.go("document delete \(document) :", shows: "deleted document")
            try await walk.go("document show \(document) :", status: 66, shows: "document not found")

            try await walk.go("upload create @a.txt :", shows: "there    0B")
            let upload = try await walk.first("upload list :", of: "uploads", "upload")
            try await walk.go("upload list :", shows: "OFFSET", "a.txt")
            try await walk.go("upload show \(upload) :", shows: "size     6B")
            try await walk.go("upload append \(upload) @a.txt :", shows: "there    6B")
            try await walk.go("upload finish \(upload) :", shows: "document  doc-")
            try await walk.go("upload create @a.txt :")
            let uploads = try await walk.json("upload list :")["uploads"]?.array?.compactMap { $0["upload"]?.string } ?? []
            let other = try #require(uploads.first { $0 != upload })
            try await walk.go("upload cancel \(other) :", shows: "cancelled upload")

            try await walk.go("secret set token : --host example.org", input: "a value", shows: "kept secret token of acme")
            try await walk.go("secret list :", shows: "token", "example.org")
            try await walk.go("secret delete token :", shows: "deleted secret token of acme")
            try await walk.go("secret delete token :", status: 66, shows: "secret not found")
        }
    }

    @Test func `people, keys, notices, webhooks, logs and what a tenant pays for are looked after`() async throws {
        try await CommandWalk.with { (walk: CommandWalk) async throws in
            try await walk.go("person list :", shows: "nobody yet")
            try await walk.go("person invite ada@example.com : --role owner", shows: "ada@example.com")
            let invitation = try await walk.first("invitation list :", of: "invitations", "id")
            try await walk.go("invitation list :", shows: "ada@example.com", "owner")
            try await walk.go("invitation revoke \(invitation) :", shows: invitation)
            try await walk.go("person role person-0123456789abcdef member :", status: 66, shows: "person")
            try await walk.go("session list :", shows: "no open sessions")
            try await walk.go("session revoke session-0123456789abcdef :", status: 66, shows: "session")
            try await walk.go("notification list : --person person-0123456789abcdef", status: 66, shows: "person")
            try await walk.go("notification preferences : --person person-0123456789abcdef", status: 66, shows: "person")

            try await walk.go("key list", shows: "no keys yet")
            try await walk.go("key create platform : --scope documents:read --days 3", shows: "cloister_")
            let key = try await walk.first("key list", of: "keys", "id")
            try await walk.go("key list", shows: key, "platform", "documents:read")
            try await walk.go("key revoke \(key)", shows: key)

            try await walk.go("webhook create https://hooks.example.com/in : --kind plugin.failed", shows: "whsec_")
            let webhook = try await walk.first("webhook list :", of: "webhooks", "id")
            try await walk.go("webhook list :", shows: "https://hooks.example.com/in")
            try await walk.go("webhook show \(webhook) :", shows: "plugin.failed")
            try await walk.go("webhook set \(webhook) : --every-kind --disable-sending", shows: webhook)
            try await walk.go("webhook set \(webhook) : --enable-sending", shows: webhook)
            try await walk.go("webhook rotate \(webhook) :", shows: "whsec_")
            try await walk.go("webhook test \(webhook) :", shows: webhook)
            try await walk.go("webhook deliveries \(webhook) :", shows: "test")
            try await walk.go("webhook replay \(webhook) : --since 2020-01-01T00:00:00Z", shows: "0")
            try await walk.go("webhook delete \(webhook) :", shows: webhook)

            try await walk.go("plan list", shows: "no plans yet")
            try walk.write(
                """
                name: Basic
                currency: EUR
                price: 4900
                quota: {memory: 1073741824, processes: 256, cpu: 1, disk: 10737418240}
                rate: {requests: 600, window: 60}
                meters:
                  calls: {included: 100000, limit: 1000000, price: {amount: 50, per: 1000}}
                  workflowRuns: {included: 10000}

                """, to: "basic.yaml")
            try await walk.go("plan set basic @basic.yaml", shows: "Basic", "EUR")
            try await walk.go("plan list", shows: "basic", "49")
            try await walk.go("plan show basic", shows: "calls", "workflowRuns")
            try await walk.go("tenant plan acme --set basic", shows: "basic")
            try await walk.go("tenant plan acme", shows: "basic")
            try await walk.go("tenant usage acme", shows: "METER", "workflowRuns")
            try await walk.go("tenant invoice acme", shows: "not final", "AMOUNT")
            try await walk.go("plan delete basic", status: 73, shows: "basic")
            try await walk.go("tenant plan acme --none", shows: "no plan")
            try await walk.go("plan delete basic", shows: "basic")

            try await walk.go("audit list :", shows: "webhook/delete", "done")
            try await walk.go("audit verify :", shows: "state    whole")
            try await walk.go("audit export :", shows: "\"method\":\"webhook/create\"")
        }
    }

    @Test func `a tenant's look, domains, features and provider are shown and set`() async throws {
        try await CommandWalk.with { (walk: CommandWalk) async throws in
            try await walk.go("whitelabel config show :", shows: "product")
            try walk.write("{\"productName\": \"Paper\", \"css\": \"a { color: red } @import 'x';\"}", to: "look.json")
            try await walk.go("whitelabel config set @look.json :", shows: "Paper")
            try await walk.go("whitelabel config show :", shows: "Paper")
            try await walk.go("whitelabel domain list :")
            try await walk.go("whitelabel domain show papers.example.com :", status: 66, shows: "domain")
            try await walk.go("whitelabel features show :", shows: "workflows", "on")
            try await walk.go("whitelabel features set --off workflows :", shows: "workflows")
            try await walk.go("workflow list :", status: 77, shows: "workflows")
            try await walk.go("whitelabel features set --on workflows :", shows: "workflows")
            try await walk.go("whitelabel logo show :", status: 66, shows: "logo")
            try await walk.go("whitelabel logo set @look.json :", status: 65, shows: "cloister: ")
            try await walk.go("identity-provider show :", status: 66, shows: "provider")
        }
    }

    @Test func `workflows are drawn, published, run, decided, repeated, tested and taken elsewhere`() async throws {
        try await CommandWalk.with { (walk: CommandWalk) async throws in
            try walk.write(Self.definition, to: "orders.json")
            try await walk.go("workflow list :", shows: "no workflows")
            try await walk.go("workflow schema", shows: "$schema")
            try await walk.go("workflow validate @orders.json :", shows: "nothing is wrong with")
            try await walk.go("workflow save @orders.json : --new", shows: "orders")
            try await walk.go("workflow list :", shows: "orders")
            try await walk.go("workflow show orders :", shows: "orders")
            try await walk.go("workflow publish orders : --note first", shows: "1")
            try await walk.go("workflow versions orders :", shows: "first")
            try await walk.go("workflow version orders : --number 1", shows: "\"orders\"")
            try await walk.go("workflow diff orders :", shows: "")
            try await walk.go("workflow activate orders :", shows: "active")
            try await walk.go("workflow deactivate orders :", shows: "inactive")
            try await walk.go("workflow lock orders :", shows: "locked until")
            try await walk.go("workflow unlock orders :", shows: "orders")
            try await walk.go("workflow test orders :", shows: "ok     pays")
            try await walk.go("workflow export orders : --format yaml", shows: "nodes:")
            try await walk.go("workflow share orders : --expires 7d", shows: "/share/acme/")
            let link = try await walk.first("workflow links orders :", of: "links", "id")
            try await walk.go("workflow links orders :", shows: link)
            try await walk.go("workflow unshare orders \(link) :", shows: link)
            let text = try await walk.go("workflow export orders :")
            try await walk.go("workflow import - : --replace", input: text, shows: "orders")

            try await walk.go("run list :", shows: "no runs")
            try await walk.go("workflow run orders : --input {\"n\":1}", shows: "run-")
            let run = try await walk.first("run list :", of: "runs", "id")
            let asks = await eventually { (try? await walk.json("approval list :"))?["approvals"]?.array?.isEmpty == false }
            try #require(asks)
            try await walk.go("run show \(run) :", shows: run, "orders")
            try await walk.go("workflow logs orders :", shows: "start", "ask")
            try await walk.go("workflow run orders : --node start", status: 65, shows: "is a trigger")
            try await walk.go("workflow run orders : --from \(run)", status: 65, shows: "name it with --node")
            try await walk.go("workflow run orders : --node end --version draft --input {\"input\":7} --wait 20s", shows: "draft", "end, alone", "output    7")
            try await walk.go("run list :", shows: "orders draft: end alone")
            try await walk.go("run pause \(run) :", shows: run)
            try await walk.go("run resume \(run) :", shows: run)
            try await walk.go("approval list :", shows: run)
            try await walk.go("approval decide \(run) ask : --approve", shows: run)
            let isDone = await eventually { (try? await walk.json("run show \(run) :"))?["state"]?.string == "succeeded" }
            #expect(isDone)
            try await walk.go("run list :", shows: run, "succeeded")
            try await walk.go("run replay \(run) : --from ask", shows: "run-")
            try await walk.go("run cancel \(run) :", status: 73, shows: run)
            try await walk.go("run replay-all : --workflow orders", shows: "nothing to repeat")
            try await walk.go("run resolve \(run) nowhere again :", status: 66, shows: "no step")
            try await walk.go("workflow rollback orders : --to 1", shows: "version 1 of orders is in force")
            try await walk.go("workflow delete orders :", status: 73, shows: "runs that have not ended")
            let again = try await walk.first("run list : --state running", of: "runs", "id")
            try await walk.go("run cancel \(again) :", shows: again)
            try await walk.go("workflow delete orders :", shows: "orders")

            try await walk.go("template list", shows: "CATEGORY")
            let template = try await walk.first("template list", of: "templates", "id")
            try await walk.go("template show \(template)", shows: template)
            try await walk.go("template use no-such-template mine :", status: 66, shows: "template")
        }
    }

    @Test func `a tenant is kept, brought back, taken elsewhere and removed`() async throws {
        try await CommandWalk.with { (walk: CommandWalk) async throws in
            try await walk.go("tenant list", shows: "acme", "Acme")
            try await walk.go("tenant show acme", shows: "processes")
            try await walk.go("tenant quota acme --processes 40", shows: "processes   40")
            try await walk.go("secret set token : --host example.org", input: "a value")
            try await walk.go("tenant backups acme", shows: "no backups")
            try await walk.go("tenant backup acme", shows: "backup    2")
            let backup = try await walk.first("tenant backups acme", of: "backups", "backup")
            try await walk.go("tenant backups acme", shows: backup)
            try await walk.go("tenant restore acme \(backup) --into copy", shows: "copy")
            try await walk.go("tenant list", shows: "acme", "copy")
            try await walk.go("tenant restore acme \(backup) --yes", shows: "acme")
            try await walk.go("secret list :", shows: "token")
            try await walk.go("tenant export acme --output \(walk.folder)/acme.export --key \(walk.folder)/acme.key", shows: "acme")
            try await walk.go("tenant import @acme.export moved --key \(walk.folder)/acme.key", shows: "moved")
            try await walk.go("tenant delete moved --yes", shows: "moved")
            try await walk.go("tenant show moved", status: 66, shows: "tenant not found")
            try await walk.go("tenant show ACME", status: 64, shows: "ACME")
        }
    }

    private static let definition = """
        {"id": "orders", "nodes": [
          {"id": "start", "type": "trigger", "config": {"kind": "manual"}, "connections": [{"to": "ask"}]},
          {"id": "ask", "type": "action", "config": {"kind": "approval", "title": "Pay?", "approvers": ["admin"]}, "connections": [{"port": "approved", "to": "end"}]},
          {"id": "end", "type": "action", "config": {"kind": "transform", "expression": ".input"}}],
         "tests": [{"name": "pays", "input": {"n": 1}, "mocks": {"ask": {"decisions": [{"person": "lea@example.com", "after": "2h"}]}}, "expect": {"status": "succeeded"}}]}

        """
}
