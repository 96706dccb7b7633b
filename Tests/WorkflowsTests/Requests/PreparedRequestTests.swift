import HostTesting
import Model
import Testing

@testable import Workflows

/// From what was worked out to what goes out.
struct PreparedRequestTests {
    private func prepared(_ form: JSONValue, _ action: HTTPAction? = nil) throws(Problem) -> PreparedRequest {
        try PreparedRequest(action ?? HTTPAction(url: Template(root: .constant("x"))), .inline(form.compactText), key: "k1")
    }

    private func field(_ name: String, _ request: PreparedRequest) -> String? { request.fields.first { $0.name == name }?.value }

    @Test func `members of the query stand behind the address, escaped`() throws {
        let request = try prepared([
            "url": "https://api.example.com/list?all=1",
            "query": ["q": "a b&c=d/ü", "none": nil, "page": 2, "on": true, "tag": ["x", "y"], "k&": "v"],
        ])
        #expect(request.address.path == "/list?all=1&k%26=v&on=true&page=2&q=a%20b%26c%3Dd%2F%C3%BC&tag=x&tag=y")
        #expect(request.body.isEmpty && field("Content-Type", request) == nil)
        #expect(field("Accept-Encoding", request) == "identity" && field("Idempotency-Key", request) == nil)
    }

    @Test func `a body is sent as what it is, unless its author says otherwise`() throws {
        var action = HTTPAction(method: .post, url: Template(root: .constant("x")))
        action.idempotency = .keyed
        let json = try prepared(["url": "https://a.example/", "body": ["a": 1]], action)
        #expect(String(decoding: json.body, as: UTF8.self) == #"{"a":1}"# && field("Content-Type", json) == "application/json")
        #expect(field("Idempotency-Key", json) == "k1")
        let text = try prepared(["url": "https://a.example/", "body": "so"], action)
        #expect(String(decoding: text.body, as: UTF8.self) == "so" && field("Content-Type", text) == "text/plain; charset=utf-8")
        let own = try prepared(["url": "https://a.example/", "body": "a=1", "headers": ["content-type": "application/x-www-form-urlencoded"]], action)
        #expect(own.fields.filter { $0.name.lowercased() == "content-type" }.map(\.value) == ["application/x-www-form-urlencoded"])
    }

    @Test(arguments: [
        ["headers": ["X-A": "1\r\nX-B: 2"]], ["headers": ["X-A": "1\n2"]], ["headers": ["X-A": "\u{0}"]], ["headers": ["X-A": "ü"]],
        ["headers": ["X-A": ["a"]]], ["headers": ["Host": "evil.example"]], ["query": ["a": ["b": 1]]],
        ["url": "https://a.example/\r\nHost: evil.example"], ["url": "https://a.example/../b"], ["url": "https://a@evil.example/"], ["url": 5],
    ] as [[String: JSONValue]])
    func `what could be read as something else is not sent, and not told`(more: [String: JSONValue]) async {
        let refusal = await problem { try prepared(.object(["url": "https://a.example/"].merging(more) { $1 })) }
        #expect(refusal?.code == .invalidInput, "\(more)")
        #expect(refusal?.description.contains("evil") != true)
    }

    @Test func `what an expression gives for a piece of the address stays in its place`() throws {
        guard case .action(.http(let action))? = try Definition.kind(
            "action", ["kind": "http", "url": "https://api.example.com/users/${ .id }/x"])
        else { return #expect(Bool(false), "no request") }
        #expect(action.form.programs == ["( .id \n) | @uri"])
    }

    @Test func `what begins an address, and what is escaped already, stays as it is`() {
        let url = Template(root: .text([.expression(" $vars.service "), .literal("/"), .expression(".a | @uri"), .literal("/"), .expression("$vars.b")]))
        #expect(HTTPAction(url: url).form.programs == [" $vars.service ", ".a | @uri", "($vars.b\n) | @uri"])
    }
}
