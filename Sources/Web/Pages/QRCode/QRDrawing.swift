/// A QR code while it is drawn: ISO/IEC 18004 sections 7.3 and 7.7 to 7.10.
struct QRDrawing: Sendable {
    private let size: Int
    private(set) var modules: [Bool]
    /// Which modules are patterns and say nothing of the text.
    private var isPattern: [Bool]

    init(_ version: QRVersion) {
        size = version.size
        modules = Array(repeating: false, count: size * size)
        isPattern = modules
        for at in 0..<size {
            draw(6, at, at.isMultiple(of: 2))
            draw(at, 6, at.isMultiple(of: 2))
        }
        for (x, y) in [(3, 3), (size - 4, 3), (3, size - 4)] { square(x, y, 4) { $0 != 2 && $0 != 4 } }
        let (middles, last) = (version.alignments, version.alignments.count - 1)
        for (i, x) in middles.enumerated() {
            for (j, y) in middles.enumerated() where (i, j) != (0, 0) && (i, j) != (0, last) && (i, j) != (last, 0) {
                square(x, y, 2) { $0 != 1 }
            }
        }
        // Reserved now; what it says depends on the mask.
        drawFormat(0)
        drawVersion(version.number)
    }

    /// From the lower right corner up and down again, two columns at a time.
    mutating func place(_ codewords: [UInt8]) {
        var at = 0
        for pair in stride(from: size - 1, to: 0, by: -2) {
            let right = pair <= 6 ? pair - 1 : pair
            let isUpward = (right + 1) & 2 == 0
            for step in 0..<size {
                let y = isUpward ? size - 1 - step : step
                for x in [right, right - 1] where !isPattern[y * size + x] && at < 8 * codewords.count {
                    modules[y * size + x] = codewords[at / 8] >> (7 - at % 8) & 1 == 1
                    at += 1
                }
            }
        }
    }

    func masked(by mask: Int) -> QRDrawing {
        var masked = self
        for y in 0..<size {
            for x in 0..<size where !isPattern[y * size + x] && Self.inverts(mask, x, y) { masked.modules[y * size + x].toggle() }
        }
        masked.drawFormat(mask)
        return masked
    }

    /// Table 11: what scanners find hard.
    var penalty: Int {
        var penalty = 0
        for line in 0..<size {
            penalty += Self.penalty((0..<size).map { modules[line * size + $0] })
            penalty += Self.penalty((0..<size).map { modules[$0 * size + line] })
        }
        for y in 1..<size {
            for x in 1..<size {
                let colour = modules[y * size + x]
                if modules[y * size + x - 1] == colour, modules[(y - 1) * size + x] == colour, modules[(y - 1) * size + x - 1] == colour {
                    penalty += 3
                }
            }
        }
        let dark = modules.count { $0 }
        return penalty + abs(dark * 20 - size * size * 10) / (size * size) * 10
    }

    /// Of one row or column: runs of five and more, and what looks like a finder's pattern.
    private static func penalty(_ line: [Bool]) -> Int {
        var (penalty, run) = (0, 1)
        for at in 1...line.count {
            if at < line.count, line[at] == line[at - 1] {
                run += 1
                continue
            }
            if run >= 5 { penalty += run - 2 }
            run = 1
        }
        let finder = [true, false, true, true, true, false, true]
        for at in 0...(line.count - 7) where Array(line[at..<(at + 7)]) == finder {
            let (before, after) = (line[max(0, at - 4)..<at], line[(at + 7)..<min(line.count, at + 11)])
            if !before.contains(true) || !after.contains(true) { penalty += 40 }
        }
        return penalty
    }

    private static func inverts(_ mask: Int, _ x: Int, _ y: Int) -> Bool {
        switch mask {
        case 0: (x + y) % 2 == 0
        case 1: y % 2 == 0
        case 2: x % 3 == 0
        case 3: (x + y) % 3 == 0
        case 4: (x / 3 + y / 2) % 2 == 0
        case 5: x * y % 2 + x * y % 3 == 0
        case 6: (x * y % 2 + x * y % 3) % 2 == 0
        default: ((x + y) % 2 + x * y % 3) % 2 == 0
        }
    }

    private mutating func draw(_ x: Int, _ y: Int, _ isDark: Bool) {
        modules[y * size + x] = isDark
        isPattern[y * size + x] = true
    }

    /// Rings round a middle, as far as they are on the code.
    private mutating func square(_ x: Int, _ y: Int, _ reach: Int, isDark: (_ ring: Int) -> Bool) {
        for dy in -reach...reach {
            for dx in -reach...reach where (0..<size).contains(x + dx) && (0..<size).contains(y + dy) {
                draw(x + dx, y + dy, isDark(max(abs(dx), abs(dy))))
            }
        }
    }

    /// Twice: the correction M, which is 0, and the mask.
    private mutating func drawFormat(_ mask: Int) {
        var rest = mask
        for _ in 0..<10 { rest = rest << 1 ^ (rest >> 9) * 0x537 }
        let bits = (mask << 10 | rest) ^ 0x5412
        func bit(_ at: Int) -> Bool { bits >> at & 1 == 1 }
        for at in 0...5 { draw(8, at, bit(at)) }
        draw(8, 7, bit(6))
        draw(8, 8, bit(7))
        draw(7, 8, bit(8))
        for at in 9..<15 { draw(14 - at, 8, bit(at)) }
        for at in 0..<8 { draw(size - 1 - at, 8, bit(at)) }
        for at in 8..<15 { draw(8, size - 15 + at, bit(at)) }
        draw(8, size - 8, true)
    }

    private mutating func drawVersion(_ number: Int) {
        guard number >= 7 else { return }
        var rest = number
        for _ in 0..<12 { rest = rest << 1 ^ (rest >> 11) * 0x1F25 }
        let bits = number << 12 | rest
        for at in 0..<18 {
            let (a, b, isDark) = (size - 11 + at % 3, at / 3, bits >> at & 1 == 1)
            draw(a, b, isDark)
            draw(b, a, isDark)
        }
    }
}
