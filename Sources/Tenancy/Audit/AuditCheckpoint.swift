import Crypto
import FoundationEssentials
import Model

/// The daemon's signature under how far a log had come, so that a log which was cut or written anew is found out.
package struct AuditCheckpoint: Sendable, Hashable {
    package enum Kind: String, Sendable {
        case checkpoint
        /// What came up to here was removed because its time was over: the chain begins behind it.
        case anchor
    }

    package let kind: Kind
    /// The log, by the number that it was given when it began.
    package let log: String
    /// The last entry that it covers, and its digest.
    package let sequence: Int64
    package let digest: [UInt8]
    /// In milliseconds since 1970 (UTC).
    package let time: Int64
    package let signature: [UInt8]

    /// The text under which the signature stands.
    package static func text(_ kind: Kind, log: String, sequence: Int64, digest: [UInt8], time: Int64) -> String {
        "cloister audit 1\n\(kind.rawValue)\n\(log)\n\(sequence)\n\(Hexadecimal.text(digest))\n\(time)\n"
    }

    package var text: String { Self.text(kind, log: log, sequence: sequence, digest: digest, time: time) }

    /// The text and the signature in one, to be kept elsewhere.
    package var note: String { text + Hexadecimal.text(signature) + "\n" }

    init(_ kind: Kind, log: String, sequence: Int64, digest: [UInt8], time: Int64, signature: [UInt8]) {
        self.kind = kind
        self.log = log
        self.sequence = sequence
        self.digest = digest
        self.time = time
        self.signature = signature
    }

    /// Reads a note; nil for anything else.
    init?(note: String) {
        let lines = note.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard lines.count == 8, lines[0] == "cloister audit 1", let kind = Kind(rawValue: lines[1]),
            let sequence = Int64(lines[3]), let digest = Hexadecimal.bytes(lines[4]), let time = Int64(lines[5]),
            let signature = Hexadecimal.bytes(lines[6]), lines[7].isEmpty
        else { return nil }
        self.init(kind, log: lines[2], sequence: sequence, digest: digest, time: time, signature: signature)
    }
}
