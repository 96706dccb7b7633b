import Model
import NIOCore
import Testing

@testable import Control

private let acme = TenantID(unchecked: "acme")
private let basic = PlanID(unchecked: "basic")
private let upload = DocumentHandle(unchecked: "d-1")
private let exif = PluginReference(tenant: acme, plugin: PluginID(unchecked: "exif"))
private let document = DocumentID(unchecked: "doc-1")
private let part = UploadID(unchecked: "up-1")
private let digits = String(repeating: "0a", count: 32)

struct RequestParsingTests {
    private static let point = BackupID(unchecked: "b-1")

    private static let good: [(String, String?, ControlRequest)] = [
        ("status", nil, .status),
        ("status", "{}", .status),
        ("tenant/create", #"{"id":"acme"}"#, .tenantCreate(acme, name: nil, QuotaChange())),
        (
            "tenant/create",
            #"{"id":"acme","name":"Acme","memory":536870912,"processes":64,"cpu":0.5,"cpuWeight":200,"disk":0}"#,
            .tenantCreate(
                acme, name: "Acme",
                QuotaChange(
                    memory: .mebibytes(512), processes: 64, cpu: 0.5, cpuWeight: 200, disk: ByteSize(bytes: 0)))
        ),
        ("tenant/create", #"{"id":"acme","name":null,"cpu":2}"#, .tenantCreate(acme, name: nil, QuotaChange(cpu: 2))),
        ("tenant/list", nil, .tenantList()),
        ("tenant/list", #"{"cursor":"acme","limit":1}"#, .tenantList(ListPart(after: "acme", limit: 1))),
        ("tenant/show", #"{"id":"acme"}"#, .tenantShow(acme)),
        ("tenant/quota", #"{"id":"acme","processes":8}"#, .tenantQuota(acme, QuotaChange(processes: 8))),
        ("tenant/delete", #"{"id":"acme"}"#, .tenantDelete(acme)),
        (
            "plugin/run", #"{"tenant":"acme","folder":"/srv/exif","configuration":{"depth":3}}"#,
            .pluginRun(acme, .folder("/srv/exif"), configuration: ["depth": 3])
        ),
        (
            "plugin/run", #"{"tenant":"acme","folder":"exif"}"#,
            .pluginRun(acme, .named(exif.plugin), configuration: nil)
        ),
        ("plugin/list", nil, .pluginList(nil)),
        ("plugin/list", #"{"tenant":"acme","cursor":"exif","limit":2}"#, .pluginList(acme, ListPart(after: "exif", limit: 2))),
        ("plugin/list", #"{"tenant":"acme"}"#, .pluginList(acme)),
        ("plugin/show", #"{"tenant":"acme","plugin":"exif"}"#, .pluginShow(exif)),
        ("plugin/restart", #"{"tenant":"acme","plugin":"exif"}"#, .pluginRestart(exif)),
        ("plugin/stop", #"{"tenant":"acme","plugin":"exif"}"#, .pluginStop(exif)),
        ("plugin/logs", #"{"tenant":"acme","plugin":"exif"}"#, .pluginLogs(exif, follow: false, lines: 100)),
        (
            "plugin/logs", #"{"tenant":"acme","plugin":"exif","follow":true,"lines":0}"#,
            .pluginLogs(exif, follow: true, lines: 0)
        ),
        ("plugin/call", #"{"tenant":"acme","plugin":"exif","tool":"extract"}"#, .pluginCall(PluginCall(exif, tool: "extract"))),
        (
            "plugin/call",
            #"{"tenant":"acme","plugin":"exif","tool":"x","input":{"a":1},"documents":{"":"d-1"},"deadlineMs":1500}"#,
            .pluginCall(
                PluginCall(
                    exif, tool: "x", input: ByteBuffer(string: #"{"a":1}"#),
                    documents: ["": DocumentHandle(unchecked: "d-1")], deadline: .milliseconds(1500)))
        ),
        (
            "plugin/call",
            #"{"tenant":"acme","plugin":"exif","tool":"x","input":{},"documents":{"a":"d-1"},"stored":{"b":"doc-1"}}"#,
            .pluginCall(
                PluginCall(
                    exif, tool: "x", documents: ["a": DocumentHandle(unchecked: "d-1")],
                    stored: ["b": DocumentID(unchecked: "doc-1")]))
        ),
        ("plugin/permissions", #"{"tenant":"acme","plugin":"exif"}"#, .pluginPermissions(exif, GrantRequest())),
        (
            "plugin/permissions",
            #"{"tenant":"acme","plugin":"exif","shrink":true,"grant":["documents:read"],"revoke":["secrets"]}"#,
            .pluginPermissions(exif, GrantRequest(shrink: true, grant: ["documents:read"], revoke: ["secrets"]))
        ),
        (
            "document/begin", #"{"tenant":"acme","name":"photo of us.jpg","size":12}"#,
            .documentBegin(acme, try! DocumentName("photo of us.jpg"), size: ByteSize(bytes: 12))
        ),
        (
            "document/append", #"{"handle":"d-1","data":"aGVsbG8="}"#,
            .documentAppend(DocumentHandle(unchecked: "d-1"), try! DocumentChunk(ByteBuffer(string: "hello")))
        ),
        (
            "document/append", #"{"data":"\/\/79","handle":"d-1"}"#,
            .documentAppend(DocumentHandle(unchecked: "d-1"), try! DocumentChunk(ByteBuffer(bytes: [0xFF, 0xFE, 0xFD])))
        ),
        (
            "plugin/install", #"{"tenant":"acme","document":"d-1","consent":true,"enable":true,"configuration":{"a":1}}"#,
            .pluginInstall(acme, upload, PackageWishes(consents: true, enables: true, configuration: ["a": 1]))
        ),
        ("plugin/update", #"{"tenant":"acme","document":"d-1"}"#, .pluginUpdate(acme, upload, PackageWishes())),
        (
            "plugin/update", #"{"tenant":"acme","document":"d-1","acceptNewSigner":true}"#,
            .pluginUpdate(acme, upload, PackageWishes(acceptsNewSigner: true))
        ),
        ("plugin/rollback", #"{"tenant":"acme","plugin":"exif"}"#, .pluginRollback(exif, version: nil)),
        ("plugin/rollback", #"{"tenant":"acme","plugin":"exif","version":"1.0.0"}"#, .pluginRollback(exif, version: "1.0.0")),
        ("plugin/pin", #"{"tenant":"acme","plugin":"exif","pinned":false}"#, .pluginPin(exif, false)),
        ("plugin/consent", #"{"tenant":"acme","plugin":"exif"}"#, .pluginConsent(exif)),
        (
            "plugin/consent", #"{"tenant":"acme","plugin":"exif","version":"1.0.0","digest":"sha256:a"}"#,
            .pluginConsent(exif, version: "1.0.0", digest: "sha256:a")
        ),
        (
            "plugin/configure", #"{"tenant":"acme","plugin":"exif","configuration":{"a":1}}"#,
            .pluginConfigure(exif, ["a": 1])
        ),
        ("plugin/enable", #"{"tenant":"acme","plugin":"exif"}"#, .pluginEnable(exif)),
        ("plugin/disable", #"{"tenant":"acme","plugin":"exif"}"#, .pluginDisable(exif)),
        ("plugin/uninstall", #"{"tenant":"acme","plugin":"exif","purge":true}"#, .pluginUninstall(exif, purges: true)),
        ("document/finish", #"{"handle":"d-1"}"#, .documentFinish(DocumentHandle(unchecked: "d-1"))),
        ("document/keep", #"{"handle":"d-1"}"#, .documentKeep(DocumentHandle(unchecked: "d-1"))),
        ("document/list", #"{"tenant":"acme"}"#, .documentList(acme, cursor: nil, limit: 100)),
        ("document/list", #"{"tenant":"acme","cursor":7,"limit":2}"#, .documentList(acme, cursor: 7, limit: 2)),
        ("document/show", #"{"tenant":"acme","document":"doc-1"}"#, .documentShow(acme, document)),
        (
            "document/read", #"{"tenant":"acme","document":"doc-1","offset":3,"length":9}"#,
            .documentRead(acme, document, offset: 3, length: 9)
        ),
        ("document/delete", #"{"tenant":"acme","document":"doc-1"}"#, .documentDelete(acme, document)),
        ("document/process", #"{"tenant":"acme","document":"doc-1"}"#, .documentProcess(acme, document)),
        ("secret/set", #"{"tenant":"acme","name":"key","value":"a b"}"#, .secretSet(acme, name: "key", SecretText("a b"))),
        (
            "secret/set", #"{"tenant":"acme","name":"key","value":"a b","hosts":["a.example","*.b.example"]}"#,
            .secretSet(acme, name: "key", SecretText("a b", hosts: ["a.example", "*.b.example"]))
        ),
        ("secret/list", #"{"tenant":"acme"}"#, .secretList(acme)),
        ("secret/show", #"{"tenant":"acme","name":"key"}"#, .secretShow(acme, name: "key")),
        ("secret/delete", #"{"tenant":"acme","name":"key"}"#, .secretDelete(acme, name: "key")),
        ("hook/list", #"{"tenant":"acme"}"#, .hookList(acme)),
        ("hook/apply", #"{"tenant":"acme","event":"a.b"}"#, .hookApply(HookRunRequest(acme, event: "a.b"))),
        (
            "hook/apply", #"{"tenant":"acme","event":"a.b","value":{"x": 1},"document":"doc-1"}"#,
            .hookApply(HookRunRequest(acme, event: "a.b", value: ByteBuffer(string: #"{"x": 1}"#), document: document))
        ),
        ("event/emit", #"{"tenant":"acme","event":"sync.started"}"#, .eventEmit(HookRunRequest(acme, event: "sync.started"))),
        (
            "upload/create", #"{"tenant":"acme","name":"a.txt","size":3}"#,
            .upload(.create(acme, try! DocumentName("a.txt"), size: ByteSize(bytes: 3), mediaType: nil, sha256: nil))
        ),
        (
            "upload/create", #"{"tenant":"acme","name":"a.txt","size":0,"mediaType":"text/csv","sha256":"\#(digits)"}"#,
            .upload(.create(acme, try! DocumentName("a.txt"), size: ByteSize(bytes: 0), mediaType: "text/csv", sha256: digits))
        ),
        ("upload/list", #"{"tenant":"acme"}"#, .upload(.list(acme))),
        ("upload/show", #"{"tenant":"acme","upload":"up-1"}"#, .upload(.show(acme, part))),
        (
            "upload/append", #"{"tenant":"acme","upload":"up-1","offset":7,"data":"aGVsbG8="}"#,
            .upload(.append(acme, part, offset: 7, try! DocumentChunk(ByteBuffer(string: "hello"))))
        ),
        ("upload/finish", #"{"tenant":"acme","upload":"up-1"}"#, .upload(.finish(acme, part))),
        ("upload/cancel", #"{"tenant":"acme","upload":"up-1"}"#, .upload(.cancel(acme, part))),
        ("hook/restore", #"{"tenant":"acme","plugin":"exif"}"#, .hookRestore(exif, handler: nil)),
        ("hook/restore", #"{"tenant":"acme","plugin":"exif","handler":"a"}"#, .hookRestore(exif, handler: "a")),
        ("plugin/available", nil, .pluginAvailable(PluginSearch())),
        (
            "plugin/available", #"{"text": "bar", "after": "a", "limit": 3, "named": ["ocr"]}"#,
            .pluginAvailable(PluginSearch(text: "bar", after: "a", limit: 3, named: ["ocr"]))
        ),
        (
            "key/create", #"{"name":"ci","scopes":["plugins:call"]}"#,
            .keyCreate(KeyRequest(name: "ci", tenant: nil, scopes: ["plugins:call"]))
        ),
        (
            "key/create", #"{"name":"ci","tenant":"acme","scopes":[],"environment":"test","days":30}"#,
            .keyCreate(KeyRequest(name: "ci", tenant: acme, scopes: [], environment: "test", days: 30))
        ),
        ("key/list", #"{"limit":100}"#, .keyList(nil, ListPart(limit: 100))),
        ("secret/list", #"{"tenant":"acme","cursor":"a","limit":2}"#, .secretList(acme, ListPart(after: "a", limit: 2))),
        ("key/list", nil, .keyList(nil)),
        ("key/list", #"{"tenant":"acme"}"#, .keyList(acme)),
        ("key/show", #"{"key":"key-1"}"#, .keyShow(KeyID(unchecked: "key-1"))),
        ("plugin/configuration", #"{"tenant":"acme","plugin":"exif"}"#, .pluginConfiguration(exif)),
        ("key/revoke", #"{"key":"key-1"}"#, .keyRevoke(KeyID(unchecked: "key-1"))),
        ("tenant/backup", #"{"id":"acme"}"#, .backup(.make(acme))),
        ("tenant/backups", #"{"id":"acme"}"#, .backup(.list(acme))),
        ("tenant/restore", #"{"id":"acme","backup":"b-1"}"#, .backup(.restore(acme, point, into: nil))),
        (
            "tenant/restore", #"{"id":"acme","backup":"b-1","into":"then"}"#,
            .backup(.restore(acme, point, into: TenantID(unchecked: "then")))
        ),
        ("tenant/export", #"{"id":"acme","key":"k"}"#, .backup(.export(acme, nil, key: SecretText("k")))),
        ("tenant/export", #"{"id":"acme","key":"k","backup":"b-1"}"#, .backup(.export(acme, point, key: SecretText("k")))),
        ("tenant/import-begin", #"{"size":7}"#, .backup(.importBegin(size: ByteSize(bytes: 7)))),
        (
            "tenant/import-append", #"{"import":"i-1","data":"aGVsbG8="}"#,
            .backup(.importAppend(ImportHandle(unchecked: "i-1"), try! DocumentChunk(ByteBuffer(string: "hello"))))
        ),
        (
            "tenant/import", #"{"import":"i-1","id":"acme","key":"k","name":"Acme","disk":5}"#,
            .backup(
                .importFinish(
                    ImportHandle(unchecked: "i-1"), acme, key: SecretText("k"), name: "Acme",
                    QuotaChange(disk: ByteSize(bytes: 5))))
        ),
        ("whitelabel/config/show", #"{"tenant":"acme"}"#, .whitelabel(.config(acme))),
        (
            "whitelabel/config/set", #"{"tenant":"acme","config":{"productName":"Akten"}}"#,
            .whitelabel(.setConfig(acme, ["productName": "Akten"]))
        ),
        ("whitelabel/features/show", #"{"tenant":"acme"}"#, .whitelabel(.features(acme))),
        ("plan/list", "{}", .plans(.list)),
        ("plan/show", #"{"plan":"basic"}"#, .plans(.show(basic))),
        ("plan/set", #"{"plan":"basic","terms":{"name":"Basic"}}"#, .plans(.set(basic, ["name": "Basic"]))),
        ("plan/delete", #"{"plan":"basic"}"#, .plans(.delete(basic))),
        ("tenant/plan/show", #"{"id":"acme"}"#, .plans(.ofTenant(acme))),
        ("tenant/plan/set", #"{"id":"acme","plan":null}"#, .plans(.choose(nil, acme))),
        (
            "tenant/usage", #"{"id":"acme","from":"2026-11-01","bucket":"hour"}"#,
            .plans(.usage(UsageQuery(acme, from: "2026-11-01", bucket: "hour")))
        ),
        ("tenant/invoices", #"{"id":"acme","month":"2026-11"}"#, .plans(.invoices(acme, month: "2026-11"))),
        (
            "whitelabel/features/set", #"{"tenant":"acme","features":{"hooks":false}}"#,
            .whitelabel(.setFeatures(acme, ["hooks": false]))
        ),
        ("whitelabel/logo/show", #"{"tenant":"acme"}"#, .whitelabel(.logo(acme))),
        (
            "whitelabel/logo/set", #"{"tenant":"acme","data":"AQID"}"#,
            .whitelabel(.setLogo(acme, try! DocumentChunk(ByteBuffer(bytes: [1, 2, 3]))))
        ),
        ("whitelabel/logo/delete", #"{"tenant":"acme"}"#, .whitelabel(.deleteLogo(acme))),
        ("whitelabel/domain/add", #"{"tenant":"acme","domain":"a.example"}"#, .whitelabel(.addDomain(acme, "a.example"))),
        ("whitelabel/domain/list", #"{"tenant":"acme"}"#, .whitelabel(.domains(acme))),
        ("whitelabel/domain/show", #"{"tenant":"acme","domain":"a.example"}"#, .whitelabel(.domain(acme, "a.example"))),
        ("whitelabel/domain/check", #"{"tenant":"acme","domain":"a.example"}"#, .whitelabel(.checkDomain(acme, "a.example"))),
        ("whitelabel/domain/delete", #"{"tenant":"acme","domain":"a.example"}"#, .whitelabel(.deleteDomain(acme, "a.example"))),
        ("audit/list", nil, .auditList(AuditQuery())),
        (
            "audit/list", #"{"tenant":"acme","from":"2026-11-01","to":"2026-12-01T00:00:00Z","cursor":9,"limit":3}"#,
            .auditList(AuditQuery(tenant: acme, from: "2026-11-01", to: "2026-12-01T00:00:00Z", cursor: 9, limit: 3))
        ),
        ("audit/verify", #"{"tenant":"acme"}"#, .auditVerify(acme)),
        ("audit/export", #"{"tenant":"acme"}"#, .auditExport(AuditQuery(tenant: acme))),
    ] + PeopleExamples.good + NotificationExamples.good + WorkflowExamples.good + RunExamples.good
        + IdentityProviderExamples.good

    @Test(arguments: good)
    func `a request is read into its parameters`(method: String, parameters: String?, expected: ControlRequest) throws {
        #expect(try ControlRequest(method: method, parameters: parameters.map { ByteBuffer(string: $0) }) == expected)
    }

    @Test(arguments: good)
    func `what a client writes is what the daemon reads`(method: String, parameters: String?, request: ControlRequest) throws {
        #expect(request.method.rawValue == method)
        #expect(try ControlRequest(method: method, parameters: request.parameters) == request)
    }

    @Test func `every method has an example here`() {
        #expect(Set(Self.good.map(\.0)) == Set(ControlMethod.allCases.map(\.rawValue)))
    }

    @Test(arguments: [
        ("status", "[]", "/: expected object, found array"),
        ("status", #"{"verbose":true}"#, "/verbose: unknown member"),
        ("tenant/create", nil, "/id: missing"),
        ("tenant/create", #"{"id":7}"#, "/id: expected string, found integer"),
        ("tenant/create", #"{"id":"Acme"}"#, #"/id: not a tenant identifier: "Acme""#),
        ("tenant/create", #"{"id":"../acme"}"#, #"/id: not a tenant identifier: "../acme""#),
        ("tenant/create", #"{"id":"acme","memory":-1}"#, "/memory: a size is not negative, found -1"),
        ("tenant/create", #"{"id":"acme","memory":"512MiB"}"#, "/memory: expected integer, found string"),
        ("tenant/create", #"{"id":"acme","memory":1.5}"#, "/memory: expected integer, found number"),
        ("tenant/create", #"{"id":"acme","processes":4294967296}"#, "/processes: out of range: 4294967296"),
        ("tenant/create", #"{"id":"acme","cpu":"2"}"#, "/cpu: expected number, found string"),
        ("tenant/create", #"{"id":"acme","quota":{}}"#, "/quota: unknown member"),
        ("tenant/list", #"{"id":"acme"}"#, "/id: unknown member"),
        ("tenant/list", #"{"cursor":"acme"}"#, "/limit: missing"),
        ("plugin/list", #"{"limit":2}"#, "/tenant: missing"),
        ("plugin/run", #"{"tenant":"acme"}"#, "/folder: missing"),
        ("plugin/run", #"{"tenant":"acme","folder":"./exif"}"#, #"/folder: not a plugin identifier: "./exif""#),
        ("plugin/run", #"{"tenant":"acme","folder":"/srv\u0000/exif"}"#, #"/folder: not a path: "/srv\0/exif""#),
        ("plugin/run", #"{"tenant":"acme","folder":"/a","configuration":[]}"#, "/configuration: expected object, found array"),
        ("plugin/show", #"{"tenant":"acme"}"#, "/plugin: missing"),
        ("plugin/list", #"{"tenant":5}"#, "/tenant: expected string, found integer"),
        ("plugin/logs", #"{"tenant":"acme","plugin":"exif","lines":-1}"#, "/lines: out of range: -1"),
        ("plugin/logs", #"{"tenant":"acme","plugin":"exif","follow":"yes"}"#, "/follow: expected boolean, found string"),
        ("plugin/call", #"{"tenant":"acme","plugin":"exif","tool":""}"#, "/tool: expected 1 to 128 bytes without control characters"),
        ("plugin/call", #"{"tenant":"acme","plugin":"exif","tool":"a\nb"}"#, "/tool: expected 1 to 128 bytes without control characters"),
        ("plugin/call", #"{"tenant":"acme","plugin":"exif","tool":"x","deadlineMs":0}"#, "/deadlineMs: out of range: 0"),
        ("plugin/call", #"{"tenant":"acme","plugin":"exif","tool":"x","documents":[]}"#, "/documents: expected object, found array"),
        ("plugin/call", #"{"tenant":"acme","plugin":"exif","tool":"x","documents":{"a":1}}"#, "/documents/a: expected string, found integer"),
        ("plugin/call", #"{"tenant":"acme","plugin":"exif","tool":"x","stored":{"a":"../x"}}"#, #"/stored/a: not a document identifier: "../x""#),
        (
            "plugin/call", #"{"tenant":"acme","plugin":"exif","tool":"x","documents":{"a":"d-1"},"stored":{"a":"doc-1"}}"#,
            "/stored/a: filled by an uploaded document already"
        ),
        ("plugin/call", #"{"tenant":"acme","plugin":"exif","tool":"x","documents":{"a":"../x"}}"#, #"/documents/a: not a document handle: "../x""#),
        ("workflow/execute", #"{"tenant":"acme","workflow":"greet","from":"run-1"}"#, "/node: missing: version, from and nodes are about one node"),
        ("workflow/execute", #"{"tenant":"acme","workflow":"greet","version":"draft"}"#, "/node: missing: version, from and nodes are about one node"),
        ("workflow/execute", #"{"tenant":"acme","workflow":"greet","node":""}"#, "/node: expected 1 to 500 bytes without control characters"),
        ("workflow/execute", #"{"tenant":"acme","workflow":"greet","node":"send","nodes":[]}"#, "/nodes: expected object, found array"),
        ("workflow/execute", #"{"tenant":"acme","workflow":"greet","node":"send","from":"../x"}"#, #"/from: not a run identifier: "../x""#),
        ("workflow/share", #"{"tenant":"acme","workflow":"greet","expires":"d"}"#, "/expires: expected a time"),
        ("workflow/share", #"{"tenant":"acme","workflow":"greet","expires":"-1d"}"#, "/expires: expected a time"),
        ("workflow/share", #"{"tenant":"acme","workflow":"greet","expires":"99999d"}"#, "/expires: expected a time"),
        ("workflow/share", #"{"tenant":"acme","workflow":"greet","version":0}"#, "/version: out of range: 0"),
        ("workflow/unshare", #"{"tenant":"acme","workflow":"greet"}"#, "/link: missing"),
        ("document/begin", #"{"tenant":"acme","name":"a/b","size":1}"#, #"/name: not a document name: "a/b""#),
        ("document/begin", #"{"tenant":"acme","name":"..","size":1}"#, #"/name: not a document name: "..""#),
        ("document/begin", #"{"tenant":"acme","name":"a"}"#, "/size: missing"),
        ("document/append", #"{"handle":"d-1"}"#, "/data: missing"),
        ("document/append", #"{"handle":"d-1","data":7}"#, "/data: expected string"),
        ("document/append", #"{"handle":"d-1","data":"aGVsbG8"}"#, "/data: not base64"),
        ("document/append", #"{"handle":"/etc","data":""}"#, #"/handle: not a document handle: "/etc""#),
    ] as [(String, String?, String)])
    func `a request that is wrong names the place`(method: String, parameters: String?, message: String) {
        #expect {
            try ControlRequest(method: method, parameters: parameters.map { ByteBuffer(string: $0) })
        } throws: { error in
            let problem = error as? Problem
            return problem?.code == .invalidInput && problem?.message == message
        }
    }

    @Test func `an unknown method is unsupported, with the nearest one as a hint`() {
        #expect {
            try ControlRequest(method: "tenant/lits", parameters: nil)
        } throws: { error in
            (error as? Problem)?.code == .unsupported && (error as? Problem)?.hint == "did you mean tenant/list?"
        }
    }

    @Test func `the input of a call keeps every byte`() throws {
        let input = "{ \"n\" : 1.0000000000000000000001e+5 ,\t\"b\":2,\"a\":\"\\u00e9\\/\" }"
        let bytes = ByteBuffer(string: #"{"tenant":"acme","input": \#(input) ,"plugin":"exif","tool":"x"}"#)
        guard case .pluginCall(let call) = try ControlRequest(method: "plugin/call", parameters: bytes) else {
            Issue.record("not a call")
            return
        }
        #expect(String(buffer: call.input) == input)
        guard case .pluginCall(let again) = try ControlRequest(
            method: "plugin/call", parameters: ControlRequest.pluginCall(call).parameters)
        else { return }
        #expect(String(buffer: again.input) == input)
    }

    @Test func `a part of a document has a largest size`() throws {
        let largest = ByteBuffer(repeating: 7, count: 4 << 20)
        let handle = DocumentHandle(unchecked: "d-1")
        let request = ControlRequest.documentAppend(handle, try DocumentChunk(largest))
        #expect(try ControlRequest(method: "document/append", parameters: request.parameters) == request)
        #expect(request.parameters.readableBytes < 8 << 20)
        #expect(throws: Problem.self) { try DocumentChunk(ByteBuffer(repeating: 7, count: 4 << 20 + 1)) }
        let tooLarge = String(repeating: "AAAA", count: (4 << 20) / 3 + 1)
        #expect(throws: Problem.self) {
            try ControlRequest(
                method: "document/append", parameters: ByteBuffer(string: #"{"handle":"d-1","data":"\#(tooLarge)"}"#))
        }
    }
}
