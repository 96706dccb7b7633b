/// What stands behind `xn--` in a label: RFC 3492.
enum Punycode {
    /// Nil for what decodes to nothing that needs it.
    static func decode(_ text: Substring) -> [Unicode.Scalar]? {
        let digits = Array(text.utf8)
        guard !digits.isEmpty, digits.count <= 59 else { return nil }
        let split = digits.lastIndex(of: UInt8(ascii: "-"))
        var output = digits[..<(split ?? 0)].map { UInt32($0) }
        var rest = digits[(split.map { $0 + 1 } ?? 0)...]
        var (n, i, bias): (UInt32, UInt32, UInt32) = (128, 0, 72)
        while !rest.isEmpty {
            let start = i
            var (weight, k): (UInt32, UInt32) = (1, 36)
            while true {
                guard let digit = rest.popFirst().flatMap(value) else { return nil }
                let (product, isOver) = digit.multipliedReportingOverflow(by: weight)
                let (sum, isFull) = i.addingReportingOverflow(product)
                guard !isOver, !isFull else { return nil }
                i = sum
                let threshold = k <= bias ? 1 : min(26, k - bias)
                if digit < threshold { break }
                let (next, isTooMuch) = weight.multipliedReportingOverflow(by: 36 - threshold)
                guard !isTooMuch else { return nil }
                weight = next
                k += 36
            }
            let length = UInt32(output.count + 1)
            bias = adapt(i - start, length, isFirst: start == 0)
            let (code, isOver) = n.addingReportingOverflow(i / length)
            guard !isOver else { return nil }
            n = code
            i %= length
            output.insert(n, at: Int(i))
            i += 1
        }
        let scalars = output.compactMap(Unicode.Scalar.init)
        return scalars.count == output.count && scalars.contains { !$0.isASCII } ? scalars : nil
    }

    private static func value(_ digit: UInt8) -> UInt32? {
        switch digit {
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(digit - UInt8(ascii: "a"))
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(digit - UInt8(ascii: "0")) + 26
        default: nil
        }
    }

    private static func adapt(_ delta: UInt32, _ length: UInt32, isFirst: Bool) -> UInt32 {
        var delta = isFirst ? delta / 700 : delta / 2
        delta += delta / length
        var k: UInt32 = 0
        while delta > 455 {
            delta /= 35
            k += 36
        }
        return k + 36 * delta / (delta + 38)
    }
}
