import Model

/// What a link opens, for a person: what it is, what it does, and where to download it.
///
/// All that it says of the workflow is text that a tenant wrote. Complete without any script.
struct SharedPage: Sendable {
    let shared: SharedWorkflow
    let definition: JSONValue

    private var name: String { definition["name"]?.string ?? shared.workflow.rawValue }
    private var nodes: [JSONValue] { definition["nodes"]?.array ?? [] }

    var shell: PageShell {
        PageShell(
            title: name, kind: .ordinary,
            content: """
                <h1>\(name)</h1>
                <p>This is version \(shared.version) of a workflow, shared with whoever has this link. Nothing runs by looking at it.</p>
                \(description)
                <p><a class="button" href="?format=json">Download as JSON</a> <a class="button" href="?format=yaml">Download as YAML</a></p>
                <p class="muted">Either file can be imported where you may write workflows. What looked like a secret was taken out.
                The link opens it until <time datetime="\(expires)">\(String(expires.prefix(16).replacing("T", with: " "))) UTC</time>.</p>
                <h2>\(nodes.count == 1 ? "Its step" : "Its \(nodes.count) steps")</h2>
                <table>
                <thead><tr><th scope="col">Step</th><th scope="col">Kind</th><th scope="col">Leads to</th></tr></thead>
                <tbody>
                \(nodes.map(Self.row).joined())
                </tbody>
                </table>
                """)
    }

    private var expires: String { Timestamp(milliseconds: shared.expires).description }

    /// Empty lines part what a tenant wrote into paragraphs.
    private var description: HTML? {
        guard let text = definition["description"]?.string else { return nil }
        var paragraphs: [[Substring]] = [[]]
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.allSatisfy(\.isWhitespace) { paragraphs.append([]) } else { paragraphs[paragraphs.count - 1].append(line) }
        }
        return paragraphs.filter { !$0.isEmpty }.map { lines -> HTML in "<p>\(lines.joined(separator: "\n"))</p>" }.joined()
    }

    private static func row(_ node: JSONValue) -> HTML {
        let id = node["id"]?.string ?? ""
        let name: HTML? = node["name"]?.string.map { "\($0) " }
        let kind = [node["type"]?.string, node["config"]?["kind"]?.string].compactMap { $0 }.joined(separator: ", ")
        let targets = (node["connections"]?.array ?? []).map { way in
            let port = way["port"]?.string.map { "\($0): " } ?? ""
            return port + (way["to"]?.string ?? "")
        }
        return """
            <tr><th scope="row">\(name)<code>\(id)</code></th><td>\(kind)</td><td>\(targets.isEmpty ? "the end" : targets.joined(separator: ", "))</td></tr>
            """
    }
}
