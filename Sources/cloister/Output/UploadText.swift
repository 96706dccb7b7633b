import Model

/// Uploads for people.
enum UploadText {
    static func table(_ value: JSONValue, width: Int?) -> String {
        let uploads = value["uploads"]?.array ?? []
        guard !uploads.isEmpty else { return "no uploads\n" }
        var table = Table([
            .left("UPLOAD"), .right("OFFSET"), .right("SIZE"), .left("EXPIRES"), .left("DOCUMENT"), .flexible("NAME"),
        ])
        for upload in uploads {
            table.append([
                upload["upload"]?.string ?? "", HumanText.size(upload["offset"]?.integer), HumanText.size(upload["size"]?.integer),
                upload["expires"]?.string ?? "", upload["document"]?.string ?? "-", upload["name"]?.string ?? "",
            ])
        }
        return table.text(width: width)
    }

    static func details(_ value: JSONValue, width: Int?) -> String {
        var details = Details()
        details.add("upload", value["upload"]?.string ?? "")
        details.add("name", value["name"]?.string ?? "")
        details.add("size", HumanText.size(value["size"]?.integer))
        details.add("there", HumanText.size(value["offset"]?.integer))
        if let digest = value["sha256"]?.string { details.add("sha256", digest) }
        details.add("expires", value["expires"]?.string ?? "")
        if let document = value["document"]?.string { details.add("document", document) }
        return details.text(width: width)
    }
}
