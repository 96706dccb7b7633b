import FoundationEssentials
import Model

/// A DSSE envelope (secure-systems-lab/dsse, protocol version 1) with one signature.
struct SignatureEnvelope: Hashable, Sendable {
    static let payloadType = "application/vnd.in-toto+json"

    let payload: [UInt8]
    let keyIdentifier: String
    let signature: [UInt8]

    init(signing payload: [UInt8], with key: SigningKey) throws(Problem) {
        self.payload = payload
        keyIdentifier = key.publicKey.identifier
        signature = try key.sign(Self.encoded(payload))
    }

    /// Reads an envelope, or throws `invalidInput`.
    init(_ bytes: [UInt8]) throws(Problem) {
        let value = try JSONValue.parse(bytes, as: "signature")
        guard value["payloadType"]?.string == Self.payloadType,
            let payload = value["payload"]?.string.flatMap({ Data(base64Encoded: $0) }),
            let signatures = value["signatures"]?.array, signatures.count == 1,
            let identifier = signatures[0]["keyid"]?.string,
            let signature = signatures[0]["sig"]?.string.flatMap({ Data(base64Encoded: $0) })
        else {
            throw Problem(
                .invalidInput, "a signature that is no DSSE envelope with one signature over an in-toto statement")
        }
        self.payload = Array(payload)
        self.signature = Array(signature)
        keyIdentifier = identifier
    }

    var bytes: [UInt8] {
        let value: JSONValue = [
            "payload": .string(Data(payload).base64EncodedString()), "payloadType": .string(Self.payloadType),
            "signatures": [
                ["keyid": .string(keyIdentifier), "sig": .string(Data(signature).base64EncodedString())]
            ],
        ]
        return value.bytes
    }

    func isSigned(by key: PublicKey) -> Bool { key.verifies(signature, of: Self.encoded(payload)) }

    /// What is signed: the pre-authentication encoding, which binds the payload to its type.
    static func encoded(_ payload: [UInt8], as type: String = payloadType) -> [UInt8] {
        Array("DSSEv1 \(type.utf8.count) \(type) \(payload.count) ".utf8) + payload
    }
}
