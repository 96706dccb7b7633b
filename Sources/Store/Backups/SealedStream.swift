import Crypto
import FoundationEssentials
import Model

/// A long text under authenticated encryption: chunks of AES-256-GCM whose nonces are their number and whether they are the
/// last one, so that none can be left out, moved or added, and the end cannot be cut off.
///
/// The construction is STREAM (Hoang, Reyhanitabar, Rogaway, Vizár, 2015). Every stream has a key of its own, derived by
/// HKDF from a random salt, which stands at its beginning, and from its purpose: what was sealed as one thing does not open
/// as another.
enum SealedStream {
    static let chunkSize = 1 << 20
    static let overhead = 16
    static let saltSize = 32
    private static let magic = Array("cloister sealed 1\n".utf8)
    static let headerSize = magic.count + saltSize

    static func header(salt: [UInt8]) -> [UInt8] { magic + salt }

    /// The salt of a header; nil for what is none.
    static func salt(of header: [UInt8]) -> [UInt8]? {
        header.count == headerSize && header.starts(with: magic) ? Array(header.suffix(saltSize)) : nil
    }

    static func key(_ key: SymmetricKey, _ salt: [UInt8], _ purpose: String) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(inputKeyMaterial: key, salt: salt, info: Array(purpose.utf8), outputByteCount: 32)
    }

    static func nonce(_ number: UInt64, isLast: Bool) -> [UInt8] {
        [0, 0, 0] + withUnsafeBytes(of: number.bigEndian) { Array($0) } + [isLast ? 1 : 0]
    }
}

/// Seals bytes as they come.
struct StreamSealer: Sendable {
    private let key: SymmetricKey
    private var header: [UInt8]
    private var pending: [UInt8] = []
    private var number: UInt64 = 0

    init(key: SymmetricKey, purpose: String) {
        let salt = SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) }
        self.key = SealedStream.key(key, salt, purpose)
        header = SealedStream.header(salt: salt)
    }

    /// What of the sealed text is ready after these bytes.
    mutating func append(_ bytes: some Collection<UInt8>) throws(Problem) -> [UInt8] {
        pending += bytes
        var sealed = header
        header = []
        // One is kept back: only the end tells which is the last.
        while pending.count > SealedStream.chunkSize {
            sealed += try seal(pending.prefix(SealedStream.chunkSize), isLast: false)
            pending.removeFirst(SealedStream.chunkSize)
        }
        return sealed
    }

    /// The rest of the sealed text.
    mutating func finish() throws(Problem) -> [UInt8] {
        let rest = try append([]) + seal(pending[...], isLast: true)
        pending = []
        return rest
    }

    private mutating func seal(_ chunk: ArraySlice<UInt8>, isLast: Bool) throws(Problem) -> [UInt8] {
        defer { number += 1 }
        do {
            let nonce = try AES.GCM.Nonce(data: SealedStream.nonce(number, isLast: isLast))
            let box = try AES.GCM.seal(chunk, using: key, nonce: nonce)
            return Array(box.ciphertext) + Array(box.tag)
        } catch {
            throw Problem(.internalFault, "a chunk could not be sealed", cause: String(describing: error))
        }
    }
}

/// Opens the chunks of a sealed text, in order.
struct StreamOpener: Sendable {
    private let key: SymmetricKey
    private var number: UInt64 = 0

    /// Nil where the bytes are no header.
    init?(key: SymmetricKey, purpose: String, header: [UInt8]) {
        guard let salt = SealedStream.salt(of: header) else { return nil }
        self.key = SealedStream.key(key, salt, purpose)
    }

    /// Nil for anything but the chunk that comes next.
    mutating func open(_ chunk: ArraySlice<UInt8>, isLast: Bool) -> [UInt8]? {
        defer { number += 1 }
        guard chunk.count >= SealedStream.overhead,
            let nonce = try? AES.GCM.Nonce(data: SealedStream.nonce(number, isLast: isLast)),
            let box = try? AES.GCM.SealedBox(
                nonce: nonce, ciphertext: chunk.dropLast(SealedStream.overhead), tag: chunk.suffix(SealedStream.overhead)),
            let bytes = try? AES.GCM.open(box, using: key)
        else { return nil }
        return Array(bytes)
    }
}
