import Crypto
import Model

/// What a step is to the outside: the same in every attempt and after every restart, and no other step's.
enum StepIdentity {
    static func key(_ tenant: TenantID, _ run: RunID, _ step: StepKey) -> String {
        digest([tenant.rawValue, run.rawValue, step.description])
    }

    /// 32 hexadecimal digits.
    static func digest(_ parts: [String]) -> String {
        let text = parts.joined(separator: "\n")
        return SHA256.hash(data: Array(text.utf8)).prefix(16).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }
}
