import Model

/// Templates of workflows, for people.
enum TemplateText {
    static func list(_ value: JSONValue, width: Int?) -> String {
        let templates = value["templates"]?.array ?? []
        guard !templates.isEmpty else { return "no templates are installed\n" }
        // Whose they are only where they are not all Cloister's own.
        let areMixed = templates.contains { $0["plugin"] != nil }
        var table = Table(
            [.left("TEMPLATE")] + (areMixed ? [.left("PLUGIN")] : []) + [.left("CATEGORY"), .left("NAME"), .flexible("")])
        for template in templates {
            table.append(
                [text(template, "id")] + (areMixed ? [text(template, "plugin")] : [])
                    + [text(template, "category"), text(template, "name"), text(template, "description")])
        }
        return table.text(width: width)
    }

    static func details(_ value: JSONValue, width: Int?) -> String {
        var details = Details()
        details.add("template", text(value, "id"))
        if value["plugin"] != nil { details.add("plugin", text(value, "plugin")) }
        details.add("name", text(value, "name"))
        details.add("category", text(value, "category"))
        details.add("description", text(value, "description"))
        let nodes = (value["workflow"]?["nodes"]?.array ?? []).compactMap { $0["id"]?.string }
        details.add("nodes", nodes.joined(separator: ", "))
        let parameters = (value["parameters"]?["properties"]?.object ?? [:]).sorted { $0.key < $1.key }
        guard !parameters.isEmpty else { return details.text(width: width) }
        var table = Table([.left("PARAMETER"), .left("DEFAULT"), .flexible("")])
        for (name, property) in parameters { table.append([name, property["default"]?.compactText ?? "", text(property, "title")]) }
        return details.text(width: width) + "\n" + table.text(width: width)
    }

    private static func text(_ value: JSONValue, _ name: String) -> String { value[name]?.string ?? "" }
}
