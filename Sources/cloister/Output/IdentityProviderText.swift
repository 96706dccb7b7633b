import Model

/// Providers for people.
enum IdentityProviderText {
    static func details(_ value: JSONValue, width: Int?) -> String {
        var details = Details()
        details.add("name", value["name"]?.string ?? "")
        details.add("issuer", value["issuer"]?.string ?? "")
        details.add("client", value["clientId"]?.string ?? "")
        details.add("domains", words(value["domains"]))
        details.add("new people", value["role"]?.string ?? "nobody")
        details.add("lets in", words(value["lets"]))
        let groups = (value["groups"]?.array ?? []).map { "\($0["group"]?.string ?? "") → \($0["role"]?.string ?? "")" }
        if !groups.isEmpty {
            details.add("groups", "\(groups.joined(separator: ", ")) (claim \(value["groupsClaim"]?.string ?? ""))")
        }
        details.add("changed", "\(value["changed"]?.string ?? "") by \(value["changedBy"]?.string ?? "")")
        return details.text(width: width)
    }

    static func finding(_ value: JSONValue, width: Int?) -> String {
        var details = Details()
        details.add("authorization", value["authorization"]?.string ?? "")
        details.add("token", value["token"]?.string ?? "")
        if case .integer(let count) = value["keys"] { details.add("keys", String(count)) }
        return details.text(width: width)
    }

    private static func words(_ value: JSONValue?) -> String {
        (value?.array ?? []).compactMap(\.string).joined(separator: ", ")
    }
}
