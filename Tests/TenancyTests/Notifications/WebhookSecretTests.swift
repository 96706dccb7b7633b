import Model
import Testing

@testable import Tenancy

struct WebhookSecretTests {
    /// As the libraries of Standard Webhooks have it in their own tests.
    @Test func `a message is signed as the specification's example is`() throws {
        let secret = try WebhookSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
        let signature = secret.signature(of: "msg_p5jXN8AQM9LWM0D4loKWxJek", at: 1_614_265_330, #"{"test": 2432232314}"#)
        #expect(signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    }

    @Test func `no two secrets are the same, and each reads back`() throws {
        let (one, other) = (try WebhookSecret.random(), try WebhookSecret.random())
        #expect(one != other)
        #expect(try WebhookSecret(one.text) == one)
        // 32 bytes in base64.
        #expect(one.text.utf8.count == WebhookSecret.prefix.utf8.count + 44)
    }

    @Test(arguments: ["", "whsec_", "whsec_!!", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_AAAA"])
    func `what is no secret is refused`(text: String) {
        #expect(throws: Problem.self) { try WebhookSecret(text) }
    }
}
