/// One of the sizes of a QR code, and how its codewords are made: ISO/IEC 18004 sections 7.4 to 7.6, for the correction M.
struct QRVersion: Sendable {
    let number: Int
    /// Codewords that correct, of each block.
    private let corrections: Int
    private let blocks: Int

    /// Table 9.
    static let all: [QRVersion] = zip(
        [10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26],
        [1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16]
    ).enumerated().map { QRVersion(number: $0.offset + 1, corrections: $0.element.0, blocks: $0.element.1) }

    var size: Int { 17 + 4 * number }

    /// Of data and correction together.
    private var total: Int {
        var modules = (16 * number + 128) * number + 64
        if number >= 2 {
            let alignments = number / 7 + 2
            modules -= (25 * alignments - 10) * alignments - 55
            if number >= 7 { modules -= 36 }
        }
        return modules / 8
    }

    private var capacity: Int { total - corrections * blocks }
    private var countBits: Int { number < 10 ? 8 : 16 }

    func holds(_ count: Int) -> Bool { 4 + countBits + 8 * count <= 8 * capacity }

    /// Where the patterns for alignment have their middle, in each direction.
    var alignments: [Int] {
        guard number > 1 else { return [] }
        let count = number / 7 + 2
        let step = (number * 4 + count * 2 + 1) / (count * 2 - 2) * 2
        return [6] + (0..<(count - 1)).map { size - 7 - $0 * step }.reversed()
    }

    /// What stands in the code, in its order: the data of all blocks in turn, then what corrects them.
    func codewords(of bytes: [UInt8]) -> [UInt8] {
        let data = data(of: bytes)
        let (short, longBlocks) = (total / blocks - corrections, total % blocks)
        var (parts, start) = ([[UInt8]](), 0)
        for block in 0..<blocks {
            let length = short + (block < blocks - longBlocks ? 0 : 1)
            parts.append(Array(data[start..<(start + length)]))
            start += length
        }
        let sums = parts.map { ReedSolomon(degree: corrections).remainder(of: $0) }
        return Self.inTurn(parts) + Self.inTurn(sums)
    }

    private func data(of bytes: [UInt8]) -> [UInt8] {
        var bits: [Bool] = []
        func append(_ value: Int, _ count: Int) { bits += (0..<count).map { value >> (count - 1 - $0) & 1 == 1 } }
        append(0b0100, 4)
        append(bytes.count, countBits)
        for byte in bytes { append(Int(byte), 8) }
        append(0, min(4, 8 * capacity - bits.count))
        append(0, (8 - bits.count % 8) % 8)
        var data = stride(from: 0, to: bits.count, by: 8).map { at in bits[at..<(at + 8)].reduce(UInt8(0)) { $0 << 1 | ($1 ? 1 : 0) } }
        let filled = data.count
        while data.count < capacity { data.append((data.count - filled).isMultiple(of: 2) ? 0xEC : 0x11) }
        return data
    }

    private static func inTurn(_ parts: [[UInt8]]) -> [UInt8] {
        (0..<(parts.map(\.count).max() ?? 0)).flatMap { at in parts.compactMap { at < $0.count ? $0[at] : nil } }
    }
}

/// Reed and Solomon's code over GF(2^8) with the polynomial 0x11D.
struct ReedSolomon: Sendable {
    private let divisor: [UInt8]

    init(degree: Int) {
        var divisor = [UInt8](repeating: 0, count: degree - 1) + [1]
        var root: UInt8 = 1
        for _ in 0..<degree {
            for at in 0..<degree {
                divisor[at] = Self.product(divisor[at], root) ^ (at + 1 < degree ? divisor[at + 1] : 0)
            }
            root = Self.product(root, 2)
        }
        self.divisor = divisor
    }

    func remainder(of data: [UInt8]) -> [UInt8] {
        var rest = [UInt8](repeating: 0, count: divisor.count)
        for byte in data {
            let factor = byte ^ rest.removeFirst()
            rest.append(0)
            for at in divisor.indices { rest[at] ^= Self.product(divisor[at], factor) }
        }
        return rest
    }

    private static func product(_ a: UInt8, _ b: UInt8) -> UInt8 {
        var (product, a, b) = (UInt8(0), a, b)
        while b > 0 {
            if b & 1 == 1 { product ^= a }
            a = a << 1 ^ (a & 0x80 == 0 ? 0 : 0x1D)
            b >>= 1
        }
        return product
    }
}
