import Model

@testable import Control

/// Requests about providers, as they are on the wire and as they are read.
enum IdentityProviderExamples {
    private static let acme = TenantID(unchecked: "acme")

    static let good: [(String, String?, ControlRequest)] = [
        ("identity-provider/show", #"{"tenant":"acme"}"#, .identityProvider(.show(acme))),
        ("identity-provider/delete", #"{"tenant":"acme"}"#, .identityProvider(.delete(acme))),
        ("identity-provider/check", #"{"tenant":"acme"}"#, .identityProvider(.check(acme))),
        (
            "identity-provider/set",
            #"{"tenant":"acme","name":"ID","issuer":"https://a.example","clientId":"c","clientSecret":"s","domains":["b.example"],"role":"member"}"#,
            .identityProvider(
                .set(
                    acme,
                    .init(
                        name: "ID", issuer: "https://a.example", client: "c", secret: SecretText("s"), domains: ["b.example"],
                        role: "member")))
        ),
        (
            "identity-provider/set",
            #"{"tenant":"acme","name":"ID","issuer":"https://a.example","clientId":"c","domains":["b.example"]}"#,
            .identityProvider(
                .set(
                    acme,
                    .init(name: "ID", issuer: "https://a.example", client: "c", secret: nil, domains: ["b.example"], role: nil)))
        ),
        (
            "identity-provider/set",
            #"{"tenant":"acme","name":"ID","issuer":"https://a.example","clientId":"c","domains":["b.example"],"groupsClaim":"teams","groups":[{"group":"A = B","role":"admin"}]}"#,
            .identityProvider(
                .set(
                    acme,
                    .init(
                        name: "ID", issuer: "https://a.example", client: "c", secret: nil, domains: ["b.example"], role: nil,
                        groupsClaim: "teams", groups: [.init(group: "A = B", role: "admin")])))
        ),
    ]
}
