import Model
import Testing

@testable import Workflows

/// What is wrong with nodes that make requests, write messages or call connectors.
struct ReachingFindingTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let config: JSONValue
        let finding: String
        var testDescription: String { finding }

        init(_ config: [String: JSONValue], _ finding: String) {
            self.config = .object(config)
            self.finding = finding
        }

        /// A request to a host with more members.
        static func http(_ more: [String: JSONValue], _ finding: String) -> Case {
            Case(["kind": "http", "url": "https://api.example.com/"].merging(more) { $1 }, finding)
        }
    }

    static let cases: [Case] = [
        Case(["kind": "http"], "url: node work: missing"),
        .http(["url": "${ .url }"], "the host must not come from an expression"),
        .http(["url": "https://${ .host }/x"], "the host must not come from an expression"),
        .http(["url": "https://api.example.com${ .path }"], "the host must not come from an expression"),
        .http(["url": "https://api.example.com:${ .port }/"], "the host must not come from an expression"),
        .http(["url": "${ .scheme }://api.example.com/"], "the host must not come from an expression"),
        .http(["url": "ftp://api.example.com/"], "it begins with https://"),
        .http(["url": "file:///etc/passwd"], "it begins with https://"),
        .http(["url": "https://ada:word@api.example.com/"], "no user and no password"),
        .http(["url": "https://api.example.com@evil.example/${ .x }"], "no user and no password"),
        .http(["url": "https://2130706433/"], "four decimal numbers"),
        .http(["url": "https://0x7f.1/"], "four decimal numbers"),
        .http(["url": "https://api.example.com/#part"], "no fragment"),
        .http(["url": "https://api.example.com/a/../b"], "no . and no .. in its path"),
        .http(["url": "https://api.example.com/%2e%2E/b"], "no . and no .. in its path"),
        .http(["url": "https://api.example.com/a b"], "printable ASCII"),
        .http(["url": "https://api.example.com:0/"], "the port is 1 to 65535"),
        .http(["method": "get"], "expected one of GET, HEAD, POST, PUT, PATCH, DELETE"),
        .http(["body": "x"], "a GET has no body"),
        .http(["document": "${ .x }"], "a GET has no body"),
        .http(["method": "POST", "document": "${ .x }", "body": "x"], "stands beside a body"),
        .http(["method": "POST", "document": "invoice.pdf"], "names no document"),
        .http(["method": "DELETE", "body": ["a": 1]], "a DELETE has no body"),
        .http(["headers": ["host": "evil.example"]], "host must not be set"),
        .http(["headers": ["Content-Length": "5"]], "Content-Length must not be set"),
        .http(["headers": ["Transfer-Encoding": "chunked"]], "Transfer-Encoding must not be set"),
        .http(["headers": ["Connection": "upgrade"]], "Connection must not be set"),
        .http(["headers": ["Proxy-Authorization": "x"]], "Proxy-Authorization must not be set"),
        .http(["headers": ["X Y": "1"]], "not the name of a header"),
        .http(["headers": ["X-Y": "1\n2"]], "has a control character in it"),
        .http(["headers": ["X-Y": "1", "x-y": "2"]], "stands twice"),
        .http(["headers": ["X-Y": 1]], "expected text, found integer"),
        .http(["headers": ["authorization": "x"], "secret": ["name": "k"]], "Authorization is the secret's"),
        .http(["headers": ["Idempotency-Key": "x"], "method": "POST", "idempotency": "keyed"], "Idempotency-Key is the engine's"),
        .http(["query": ["a": ["b": 1]]], "\"a\" is an object"),
        .http(["secret": [:]], "secret/name: node work: missing"),
        .http(["secret": ["name": "k", "header": "Host"]], "Host must not be set"),
        .http(["secret": ["name": "k", "prefix": "a\nb"]], "has a control character in it"),
        .http(["secret": ["name": "k", "value": "v"]], "secret/value: node work: unknown member"),
        .http(["succeed": []], "expected 1 to 50 statuses"),
        .http(["succeed": [99]], "expected 1 to 50 statuses"),
        .http(["succeed": "2xx"], "expected 1 to 50 statuses"),
        Case(["kind": "notify", "subject": "x", "text": "y"], "to: node work: nobody would get it"),
        Case(["kind": "notify", "to": ["admin"], "text": "y"], "subject: node work: missing"),
        Case(["kind": "notify", "to": ["admin"], "subject": "x"], "text: node work: missing"),
        Case(["kind": "connector", "action": "a.b"], "connector: node work: missing"),
        Case(["kind": "connector", "connector": "Slack", "action": "a.b"], "not a connector identifier"),
        Case(["kind": "connector", "connector": "slack"], "action: node work: missing"),
        Case(["kind": "connector", "connector": "slack", "action": "Post it"], "not the name of an action"),
    ]

    @Test(arguments: cases) func `what cannot be sent is refused with its place and its reason`(example: Case) {
        let findings = Definition.findings(Definition.of("action", example.config))
        #expect(findings.contains { $0.contains(example.finding) }, "\(findings)")
    }

    @Test(arguments: [
        "https://api.example.com", "https://api.example.com/${ .a }", "https://api.example.com?q=${ .a }", "https://[2001:db8::1]:8443/x",
        "http://127.0.0.1:8080/x", "https://api.example.com/a.b/..c/${ .x }.json",
    ])
    func `an address whose host stands in the definition is taken`(url: String) {
        #expect(Definition.findings(Definition.of("action", ["kind": "http", "url": .string(url)])) == [])
    }

    @Test(arguments: [
        ("${ $vars.service }", "https://api.example.com/x", nil), ("${ $vars.service }/a/${ .b }", "https://api.example.com", nil),
        ("${$vars.service}?q=${ .b }", "https://api.example.com", nil), ("${ $vars.service }${ .b }", "https://api.example.com/", nil),
        ("${ $vars.service }${ .b }", "https://api.example.com", "the host must not come from an expression"),
        ("${ $vars.service }:${ .b }/", "https://api.example.com", "the host must not come from an expression"),
        ("${ $vars.service }.evil.example${ .b }/", "https://api.example.com", "the host must not come from an expression"),
        ("${ $vars.service }/x", "https://ada:word@api.example.com", "no user and no password"),
        ("${ $vars.service }/x", "", "begins with $vars.service, which is no text"),
        ("${ $vars.other }/x", "https://api.example.com", "begins with $vars.other, which is no text"),
        ("${ $vars.service | . }/x", "https://api.example.com", "the host must not come from an expression"),
        ("${ $vars[.x] }/x", "https://api.example.com", "the host must not come from an expression"),
    ] as [(String, String, String?)])
    func `a host may be a constant of the settings`(url: String, service: String, finding: String?) {
        let definition = Definition.with(
            [Definition.trigger, Definition.node("work", "action", ["kind": "http", "url": .string(url)])],
            ["settings": ["variables": ["service": .string(service)]]])
        let findings = Definition.findings(definition)
        #expect(finding.map { text in findings.contains { $0.contains(text) } } ?? findings.isEmpty, "\(findings)")
    }

    @Test func `expressions in any part of a request are the node's own`() throws {
        let kind = try Definition.kind(
            "action",
            [
                "kind": "http", "method": "PUT", "url": "https://api.example.com/${ $nodes.start }", "headers": ["A": "${ .a }"],
                "query": ["b": "${ .b }"], "body": "${ .c }",
            ])
        #expect(kind?.templates.flatMap(\.programs) == [" $nodes.start ", " .a ", " .b ", " .c "])
    }
}
