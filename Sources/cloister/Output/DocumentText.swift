import Model

/// Documents for people.
enum DocumentText {
    static func table(_ value: JSONValue, width: Int?) -> String {
        let documents = value["documents"]?.array ?? []
        guard !documents.isEmpty else { return "no documents\n" }
        var table = Table([
            .left("DOCUMENT"), .left("TYPE"), .right("SIZE"), .left("CREATED"), .left("MADE BY"), .flexible("NAME"),
        ])
        for document in documents {
            table.append([
                document["document"]?.string ?? "", document["mediaType"]?.string ?? "",
                HumanText.size(document["size"]?.integer), document["created"]?.string ?? "",
                document["madeBy"]?.string ?? "-", document["name"]?.string ?? "",
            ])
        }
        let more = value["cursor"]?.integer.map { "more: --cursor \($0)\n" } ?? ""
        return table.text(width: width) + more
    }

    static func details(_ value: JSONValue, width: Int?) -> String {
        var details = Details()
        details.add("document", value["document"]?.string ?? "")
        details.add("name", value["name"]?.string ?? "")
        details.add("type", value["mediaType"]?.string ?? "")
        details.add("size", HumanText.size(value["size"]?.integer))
        details.add("sha256", value["sha256"]?.string ?? "")
        details.add("created", value["created"]?.string ?? "")
        if let maker = value["madeBy"]?.string { details.add("made by", maker) }
        if let source = value["source"]?.string { details.add("made from", source) }
        if let metadata = value["metadata"], !metadata.isNull { details.add("metadata", metadata.prettyText) }
        return details.text(width: width)
    }

    static func processed(_ value: JSONValue, width: Int?) -> String {
        HookText.steps(value["steps"]?.array ?? [], width: width) + "\n" + details(value, width: width)
    }
}
