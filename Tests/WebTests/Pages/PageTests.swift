import HTTPTypes
import Model
import Tenancy
import Testing

@testable import Web

struct PageTests {
    @Test func `what is put into markup is text, whatever it is`() {
        let name = #"<script>alert("1")</script>&'"#
        let page: HTML = #"<p title="\#(name)">\#(name)</p>\#(nil as HTML?)"#
        #expect(page.text == #"<p title="&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;">&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;</p>"#)
    }

    @Test func `every page carries the product's name, its policy, and neither script nor style within`() throws {
        var branding = Branding()
        branding.productName = "Akten & <Mehr>"
        branding.css = "p { color: red }"
        for kind in [PageShell.Kind.ordinary, .guarded] {
            let answer = PageShell(title: "Start", kind: kind, content: "<h1>Hello</h1>").answer(Look(branding))
            guard case .text(let text, let type) = answer.content else {
                Issue.record("no text")
                return
            }
            #expect(type == "text/html; charset=utf-8")
            #expect(text.contains("<title>Start · Akten &amp; &lt;Mehr&gt;</title>"))
            #expect(!text.contains("<style") && !text.contains(" style=") && !text.contains("<script"))
            #expect(answer.headers[.contentSecurityPolicy] == PageShell.contentPolicy)
            // The tenant's own style never reaches a page on which something is asked.
            #expect(text.contains("/brand/custom.css") == (kind == .ordinary))
        }
    }

    @Test func `a page of a session has the one script, which hides what a browser has kept, and an icon is asked for nowhere else`() throws {
        let (page, own) = (PageShell(title: "Start", content: ""), PageShell(title: "Start", isOfSession: true, content: ""))
        #expect(own.html(Look()).text.contains(#"<script src="\#(Assets.session.path)"></script>"#))
        #expect(!page.html(Look()).text.contains("<script") && page.html(Look()).text.contains(#"<link rel="icon" href="data:,">"#))
    }

    @Test(arguments: [
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "/", true),
        ("text/html,*/*;q=0.8", "/somewhere", true), ("text/html", "/api/plugins", false), ("text/html", "/api", false),
        ("*/*", "/", false), ("application/json", "/", false), ("text/html;q=0.5,application/json", "/", false),
        ("text/html;q=0", "/", false), ("text/*;q=0.9, application/*;q=0.1", "/", true), ("", "/", false),
    ])
    func `a page is for those who would rather have one`(accept: String, path: String, isWanted: Bool) {
        var head = HTTPRequest(method: .get, scheme: "http", authority: "a", path: path)
        head.headerFields[.accept] = accept
        #expect(ErrorPage.isWanted(head) == isWanted)
    }

    @Test(arguments: [("the code is wrong", "The code is wrong."), ("is the clock right?", "Is the clock right?"), ("", ".")])
    func `what a problem says ends as a sentence does`(text: String, sentence: String) {
        #expect(ErrorPage.sentence(text) == sentence)
    }

    @Test func `the shared style uses no colour but tokens, and each pair is one whose contrast is looked at`() {
        let text = Assets.shellStyle
        let used = Set(text.matches(of: /var\(--color-([a-z-]+)\)/).map { String($0.1) })
        #expect(used == Set(Palette.Token.allCases.map(\.rawValue)))
        #expect(text.firstMatch(of: /#[0-9a-fA-F]{3}/) == nil)
    }
}
