import Control
import Glibc
import HTTPTypes
import HostTesting
import Model
import Store
import NIOCore
import Testing

@testable import Tenancy
@testable import Web
@testable import cloister

/// What the daemon's logs know, whichever door a request came through.
@Suite(.serialized, .timeLimit(.minutes(5))) struct AuditLogTests {
    /// Parameters for each method that changes something; what they are about is mostly not there.
    private static func parameters(_ method: ControlMethod) -> JSONValue? {
        let plugin: JSONValue = ["tenant": "acme", "plugin": "exif"]
        let document: JSONValue = ["tenant": "acme", "document": "doc-1"]
        switch method {
        case .tenantCreate: return ["id": "globex"]
        case .tenantQuota: return ["id": "acme", "processes": 50]
        case .tenantDelete: return ["id": "globex"]
        case .tenantBackup: return ["id": "acme"]
        case .tenantRestore: return ["id": "acme", "backup": "b-1"]
        case .tenantExport: return ["id": "acme", "key": "k"]
        case .tenantImport: return ["import": "i-1", "id": "globex", "key": "k"]
        case .planSet: return ["plan": "basic", "terms": ["name": "Basic", "currency": "EUR"]]
        case .planDelete: return ["plan": "dear"]
        case .tenantPlanSet: return ["id": "acme", "plan": "basic"]
        case .whitelabelConfigSet: return ["tenant": "acme", "config": ["productName": "Akten"]]
        case .whitelabelFeaturesSet: return ["tenant": "acme", "features": ["hooks": true]]
        case .whitelabelDomainAdd, .whitelabelDomainCheck, .whitelabelDomainDelete:
            return ["tenant": "acme", "domain": "a.example"]
        case .whitelabelLogoSet: return ["tenant": "acme", "data": "AQID"]
        case .whitelabelLogoDelete: return ["tenant": "acme"]
        case .personInvite: return ["tenant": "acme", "email": "ada@example.com", "role": "member"]
        case .personRole: return ["tenant": "acme", "person": "person-1", "role": "member"]
        case .personRemove: return ["tenant": "acme", "person": "person-1"]
        case .invitationRevoke: return ["tenant": "acme", "invitation": "invitation-1"]
        case .sessionRevoke: return ["tenant": "acme", "session": "session-1"]
        case .notificationPreferencesSet:
            return ["tenant": "acme", "person": "person-1", "preferences": ["key.created": ["mail": true]]]
        case .webhookCreate: return ["tenant": "acme", "url": "https://hooks.example.com/not for the log"]
        case .webhookSet: return ["tenant": "acme", "webhook": "webhook-1", "enabled": false]
        case .webhookDelete, .webhookRotate, .webhookTest: return ["tenant": "acme", "webhook": "webhook-1"]
        case .workflowCreate: return ["tenant": "acme", "definition": ["id": "greet"]]
        case .templateUse: return ["tenant": "acme", "template": "none", "workflow": "greet", "parameters": ["secret": "not for the log"]]
        case .workflowSave: return ["tenant": "acme", "workflow": "greet", "definition": ["description": "not for the log", "id": 5]]
        case .workflowImport: return ["tenant": "acme", "text": "{not for the log"]
        case .workflowRollback: return ["tenant": "acme", "workflow": "greet", "version": 1]
        case .workflowShare: return ["tenant": "acme", "workflow": "greet", "version": 1, "expires": "12h"]
        case .workflowUnshare: return ["tenant": "acme", "workflow": "greet", "link": "link-1"]
        case .workflowDelete, .workflowPublish, .workflowActivate, .workflowDeactivate, .workflowLock, .workflowUnlock:
            return ["tenant": "acme", "workflow": "greet"]
        case .runCancel, .runPause, .runResume: return ["tenant": "acme", "run": "run-1"]
        case .runReplayAll: return ["tenant": "acme"]
        case .runReplay: return ["tenant": "acme", "run": "run-1", "from": "send", "input": "not for the log"]
        case .runResolve:
            return ["tenant": "acme", "run": "run-1", "step": "send", "outcome": "happened", "output": "not for the log"]
        case .approvalDecide:
            return ["tenant": "acme", "run": "run-1", "step": "sign", "approved": true, "form": ["why": "not for the log"]]
        case .identityProviderSet:
            return [
                "tenant": "acme", "name": "ID", "issuer": "https://a.example", "clientId": "c", "clientSecret": "not for the log",
                "domains": ["a.example"],
            ]
        case .identityProviderDelete: return ["tenant": "acme"]
        case .webhookReplay: return ["tenant": "acme", "webhook": "webhook-1", "delivery": "msg-1"]
        case .pluginRun: return ["tenant": "acme", "folder": "nothing"]
        case .pluginPermissions: return ["tenant": "acme", "plugin": "exif", "shrink": true]
        case .pluginInstall, .pluginUpdate: return document
        case .pluginConfigure: return ["tenant": "acme", "plugin": "exif", "configuration": [:]]
        case .documentKeep: return ["handle": "d-1"]
        case .documentDelete, .documentProcess: return document
        case .uploadFinish, .uploadCancel: return ["tenant": "acme", "upload": "up-1"]
        case .secretSet: return ["tenant": "acme", "name": "token", "value": "not for the log"]
        case .secretDelete: return ["tenant": "acme", "name": "token"]
        case .keyCreate: return ["name": "ci", "tenant": "acme", "scopes": ["plugins:call"]]
        case .keyRevoke: return ["key": "key-1"]
        default: return plugin
        }
    }

    @Test func `every method that changes something is in a log, with what came of it`() async throws {
        try await DaemonFixture.with { (host) async throws in
            try await host.createTenant()
            for method in ControlMethod.allCases where method.effect == .changes {
                let parameters = try #require(Self.parameters(method), "no parameters for \(method.rawValue)")
                let request = try ControlRequest(method, parameters: ByteBuffer(bytes: parameters.bytes))
                #expect(request.isChange, "\(method.rawValue)")
                let outcome = await problem { try await host.send(request) }?.code.rawValue ?? "done"
                var found: [JSONValue] = []
                for tenant in [nil, host.tenant] {
                    let log = try await host.send(.auditList(AuditQuery(tenant: tenant, limit: 2)))["entries"]?.array ?? []
                    found += log.filter { $0["method"]?.string == method.rawValue }
                }
                #expect(found.map { $0["kind"]?.string } == ["outcome", "intent"], "\(method.rawValue)")
                #expect(found.first?["outcome"]?.string == outcome, "\(method.rawValue)")
                #expect(found.allSatisfy { $0["principal"]?.string?.contains("process") == true })
                #expect(!"\(found)".contains("not for the log"))
            }
            for tenant in [nil, host.tenant] {
                #expect(try await host.send(.auditVerify(tenant))["isWhole"] == true)
            }
            for file in ["registry.db", "registry.db-wal", "tenants/acme/tenant.db", "tenants/acme/tenant.db-wal"] {
                let bytes = (try? DaemonFixture.contents("\(host.folder)/data/\(file)")) ?? []
                #expect(bytes.firstRange(of: Array("not for the log".utf8)) == nil, "\(file)")
            }
        }
    }

    @Test func `every route that changes something passes where changes are written down`() {
        // Those that go by another name on the control socket.
        let others = [
            "marketplace/submit": "plugin/install", "marketplace/install": "plugin/run",
            "marketplace/uninstall": "plugin/uninstall",
        ]
        for route in Routes.all where route.method != .get {
            switch route.access {
            // See `Exchange.provision` and its tests.
            case .key where route.isSCIM: continue
            case .key: break
            // See `API.handle`, and those who tell who came in.
            case .person, .page: continue
            case .everybody:
                #expect(["login", "invitation/accept", "workflow/receive", "workflow/receive-at-host"].contains(route.operation), "\(route.method) \(route.path)")
                continue
            }
            let method = ControlMethod(rawValue: others[route.operation] ?? route.operation)
            #expect(method != nil && method?.effect != .reads, "\(route.method) \(route.path) is \(route.operation)")
        }
    }

    @Test func `who sent a foreign page's request is known, and what a feature keeps is denied in the log`() async throws {
        try await WebFixture.with { (web) async throws in
            try await web.host.createTenant()
            let owner = try await Browser.open(web, "ada@example.com", .owner, tenant: "acme")
            let foreign = try await web.send("POST", "/api/keys", ["name": "x"], key: "", headers: ["Cookie: \(owner.cookie)"])
            #expect(foreign.status == 403 && foreign.json["code"] == "foreignRequest")
            _ = try await web.host.send(.whitelabel(.setFeatures(web.host.tenant, ["documents": false, "whitelabel": false])))
            let key = try await web.key([.documentsRead, .documentsWrite, .whitelabelRead], tenant: web.host.tenant)
            let bytes = ["Content-Type: application/octet-stream"]
            #expect(try await web.send("POST", "/api/documents?name=a", bytes: [1], key: key, headers: bytes).status == 403)
            #expect(try await web.send("GET", "/api/documents/doc-1/content", key: key).status == 403)
            #expect(try await web.send("GET", "/api/whitelabel/logo", key: key).status == 403)
            let part = bytes + ["Upload-Offset: 0", "Upload-Complete: ?0"]
            #expect(try await web.send("PATCH", "/api/uploads/up-1", bytes: [1], key: key, headers: part.map { $0.replacing("octet-stream", with: "partial-upload") }).status == 403)
            let log = try await web.send("GET", "/api/audit?tenant=acme").json["entries"]?.array ?? []
            let denied = log.filter { $0["kind"] == "denied" }
            #expect(denied.last?["principal"]?.string == "person \(owner.id)" && denied.last?["outcome"] == "foreignRequest", "\(denied)")
            #expect(
                denied.dropLast().compactMap { $0["method"]?.string }
                    == ["upload/append", "whitelabel/logo/show", "document/read", "document/begin"], "\(denied)")
            #expect(denied.dropLast().allSatisfy { $0["principal"]?.string?.hasPrefix("key key-") == true })
        }
    }

    @Test func `what is denied over HTTP is in the log of whoever tried, and the request has the number of its answer`()
        async throws
    {
        try await WebFixture.with { (web) async throws in
            for id in ["acme", "globex"] { _ = try await web.host.daemon.store.createTenant(TenantID(unchecked: id)) }
            let key = try await web.key([.auditRead, .pluginsRead], tenant: TenantID(unchecked: "acme"))
            let denied = try await web.send("GET", "/api/secrets", key: key)
            #expect(denied.status == 403)
            #expect(try await web.send("GET", "/api/plugins?tenant=globex", key: key).status == 403)
            #expect(try await web.send("GET", "/api/plugins", key: "").status == 401)
            let own = try await web.send("GET", "/api/audit", key: key)
            #expect(own.status == 200, "\(own.text)")
            let entries = own.json["entries"]?.array ?? []
            #expect(entries.map { $0["method"] } == ["plugin/list", "secret/list"])
            #expect(entries.last?["request"] == denied.json["requestId"])
            #expect(entries.allSatisfy { $0["kind"] == "denied" && $0["door"] == "http" })
            // Nobody learns who reached for him.
            let other = try await web.send("GET", "/api/audit?tenant=globex")
            #expect(other.json["entries"] == [])
            let platform = try await web.send("GET", "/api/audit").json["entries"]?.array ?? []
            let told = platform.filter { $0["kind"] == "denied" }
            #expect(told.map { $0["outcome"] } == ["unauthenticated", "permissionDenied"])
            #expect(told.last?["tenant"] == "globex")
        }
    }

    @Test func `a log goes out in pages, as JSON lines and with a verdict`() async throws {
        try await WebFixture.with { (web) async throws in
            _ = try await web.host.daemon.store.createTenant(TenantID(unchecked: "acme"))
            for index in 0..<6 {
                let path = "/api/secrets/s\(index)?tenant=acme"
                #expect(try await web.send("PUT", path, ["value": "v"]).status < 300)
            }
            let first = try await web.send("GET", "/api/audit?tenant=acme&limit=5")
            #expect(first.json["entries"]?.array?.count == 5)
            let next = try await web.send(
                "GET", "/api/audit?tenant=acme&limit=100&cursor=\(first.json["cursor"]?.string ?? "")")
            #expect(next.json["entries"]?.array?.count == 7)
            #expect(next.json["cursor"] == .null)
            let export = try await web.send("GET", "/api/audit/export?tenant=acme")
            let lines = export.text.split(separator: "\n").compactMap { try? JSONValue.parse(Array($0.utf8)) }
            #expect(lines.compactMap { $0["sequence"]?.integer } == Array(1...12))
            #expect(try await web.send("GET", "/api/audit/export?tenant=acme&from=2999-01-01").text.isEmpty)
            #expect(try await web.send("GET", "/api/audit?from=yesterday!").status == 422)
            #expect(try await web.send("GET", "/api/audit/verify?tenant=acme").json["isWhole"] == true)
            #expect(try await web.send("GET", "/api/audit/verify?tenant=nobody").status == 404)
        }
    }

    #if DEBUG
        @Test func `what was answered is in the log after a kill, and what was not is closed as interrupted`() async throws {
            try await TemporaryFolder.with { (folder) async throws in
                let acme = TenantID(unchecked: "acme")
                let configuration = folder + "/cloister.yaml"
                try FileCopy.write(
                    "data: \(folder)/data\nprofiles: \(Built.root)/sandbox-profiles\nlog: {level: error}\n", to: configuration)
                let run = try CommandRun(["serve", "--config", configuration], folder: folder)
                let socket = folder + "/data/control.sock"
                @Sendable func send(_ request: ControlRequest) async throws -> JSONValue {
                    let reply = try await ControlClient.withConnection(to: socket) {
                        try await $0.send(request, deadline: .seconds(60))
                    }
                    return try JSONValue.parse(Array(reply.readableBytesView))
                }
                #expect(await eventually { (try? await send(.status)) != nil })
                _ = try await send(.tenantCreate(acme, name: nil, QuotaChange()))
                // Changes go on until the daemon is gone, and each answer is noted.
                let answered = Task {
                    var answered: [String] = []
                    while !Task.isCancelled {
                        let name = "s\(answered.count)"
                        guard (try? await send(.secretSet(acme, name: name, SecretText("v")))) != nil else { break }
                        answered.append(name)
                        if answered.count == 20 { kill(run.process, SIGKILL) }
                    }
                    return answered
                }
                let names = await answered.value
                #expect(names.count >= 20)
                _ = try await run.outcome
                try await KilledDaemon.with(folder, packages: folder) { (daemon) async throws in
                    let entries = try await daemon.send(.auditList(AuditQuery(tenant: acme, limit: 1000)))["entries"]?.array ?? []
                    for name in names {
                        let own = entries.filter { $0["subject"]?.string == name }
                        #expect(own.map { $0["outcome"]?.string } == ["done", ""], "\(name)")
                    }
                    let intents = entries.filter { $0["kind"] == "intent" }.count
                    #expect(intents * 2 == entries.count, "an intent has no outcome")
                    #expect(try await daemon.send(.auditVerify(acme))["isWhole"] == true)
                    #expect(try await daemon.send(.auditVerify(nil))["isWhole"] == true)
                }
            }
        }
    #endif
}
