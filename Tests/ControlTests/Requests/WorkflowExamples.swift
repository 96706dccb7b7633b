import Model

@testable import Control

/// Requests about workflows, as they are on the wire and as they are read.
enum WorkflowExamples {
    private static let acme = TenantID(unchecked: "acme")
    private static let greet = WorkflowID(unchecked: "greet")

    static let good: [(String, String?, ControlRequest)] = [
        ("workflow/list", #"{"tenant":"acme"}"#, .workflow(.list(acme, search: nil, status: nil, cursor: nil, limit: 50))),
        (
            "workflow/list", #"{"tenant":"acme","search":"gr","status":"active","cursor":"greet","limit":2}"#,
            .workflow(.list(acme, search: "gr", status: "active", cursor: greet, limit: 2))
        ),
        ("workflow/show", #"{"tenant":"acme","workflow":"greet"}"#, .workflow(.show(acme, greet))),
        (
            "workflow/create", #"{"tenant":"acme","definition":{"id":"greet"}}"#,
            .workflow(.create(acme, definition: ["id": "greet"]))
        ),
        (
            "workflow/save", #"{"tenant":"acme","workflow":"greet","definition":{},"revision":3}"#,
            .workflow(.save(acme, greet, definition: [:], revision: 3))
        ),
        ("workflow/delete", #"{"tenant":"acme","workflow":"greet"}"#, .workflow(.delete(acme, greet, isForced: false))),
        (
            "workflow/publish", #"{"tenant":"acme","workflow":"greet","revision":1,"note":"why"}"#,
            .workflow(.publish(acme, greet, revision: 1, note: "why"))
        ),
        ("workflow/versions", #"{"tenant":"acme","workflow":"greet"}"#, .workflow(.versions(acme, greet, cursor: nil, limit: 50))),
        ("workflow/version", #"{"tenant":"acme","workflow":"greet","version":2}"#, .workflow(.version(acme, greet, 2))),
        (
            "workflow/diff", #"{"tenant":"acme","workflow":"greet","from":"1"}"#,
            .workflow(.diff(acme, greet, from: "1", to: "draft"))
        ),
        (
            "workflow/rollback", #"{"tenant":"acme","workflow":"greet","version":2}"#,
            .workflow(.rollback(acme, greet, version: 2, note: nil))
        ),
        ("workflow/activate", #"{"tenant":"acme","workflow":"greet"}"#, .workflow(.activate(acme, greet))),
        ("workflow/deactivate", #"{"tenant":"acme","workflow":"greet"}"#, .workflow(.deactivate(acme, greet))),
        (
            "workflow/lock", #"{"tenant":"acme","workflow":"greet","seconds":60,"steal":true}"#,
            .workflow(.lock(acme, greet, seconds: 60, isStolen: true))
        ),
        ("workflow/unlock", #"{"tenant":"acme","workflow":"greet"}"#, .workflow(.unlock(acme, greet, isStolen: false))),
        (
            "workflow/export", #"{"tenant":"acme","workflow":"greet","version":"3","format":"yaml"}"#,
            .workflow(.export(acme, greet, version: "3", format: "yaml"))
        ),
        (
            "workflow/import", #"{"tenant":"acme","text":"id: greet","replace":true}"#,
            .workflow(.import(acme, text: "id: greet", replaces: true))
        ),
        (
            "workflow/share", #"{"tenant":"acme","workflow":"greet","version":3,"expires":"7d"}"#,
            .workflow(.share(acme, greet, version: 3, lasting: .seconds(604_800)))
        ),
        (
            "workflow/share", #"{"tenant":"acme","workflow":"greet","expires":"90m"}"#,
            .workflow(.share(acme, greet, version: nil, lasting: .seconds(5400)))
        ),
        ("workflow/share", #"{"tenant":"acme","workflow":"greet"}"#, .workflow(.share(acme, greet, version: nil, lasting: nil))),
        ("workflow/links", #"{"tenant":"acme","workflow":"greet"}"#, .workflow(.links(acme, greet))),
        (
            "workflow/unshare", #"{"tenant":"acme","workflow":"greet","link":"link-1f"}"#,
            .workflow(.unshare(acme, greet, WorkflowLinkID(unchecked: "link-1f")))
        ),
        ("workflow/validate", #"{"tenant":"acme","definition":7}"#, .workflow(.validate(acme, definition: 7))),
        ("workflow/test", #"{"tenant":"acme","workflow":"greet"}"#, .workflow(.test(acme, wish { $0.workflow = greet }))),
        (
            "workflow/test", #"{"tenant":"acme","definition":{},"names":["a"],"tests":[],"steps":true}"#,
            .workflow(
                .test(
                    acme,
                    wish {
                        $0.definition = [:]
                        $0.names = ["a"]
                        $0.tests = []
                        $0.wantsSteps = true
                    }))
        ),
        ("workflow/schema", #"{}"#, .workflow(.schema)),
        ("template/list", #"{}"#, .template(.list(nil))),
        ("template/list", #"{"tenant":"acme"}"#, .template(.list(acme))),
        ("template/show", #"{"template":"greet"}"#, .template(.show(greet, nil))),
        (
            "template/show", #"{"template":"greet","tenant":"acme","plugin":"probe"}"#,
            .template(.show(greet, TemplateRequest.Place(PluginID(unchecked: "probe"), of: acme)))
        ),
        (
            "template/use", #"{"tenant":"acme","template":"greet","workflow":"greet","name":"G","parameters":{"a":1}}"#,
            .template(.use(acme, template: greet, plugin: nil, workflow: greet, name: "G", parameters: ["a": 1]))
        ),
    ]

    private static func wish(_ change: (inout WorkflowRequest.TestWish) -> Void) -> WorkflowRequest.TestWish {
        var wish = WorkflowRequest.TestWish()
        change(&wish)
        return wish
    }
}
