import Glibc

/// An opaque colour of sRGB, written `#rrggbb`.
package struct Colour: Sendable, Hashable, CustomStringConvertible {
    let red: UInt8
    let green: UInt8
    let blue: UInt8

    static let black = Colour(red: 0, green: 0, blue: 0)
    static let white = Colour(red: 255, green: 255, blue: 255)

    init(red: UInt8, green: UInt8, blue: UInt8) {
        self.red = red
        self.green = green
        self.blue = blue
    }

    /// Nil for all but `#` and six hexadecimal digits.
    package init?(_ text: String) {
        let digits = text.utf8.dropFirst()
        guard text.utf8.first == UInt8(ascii: "#"), digits.count == 6,
            digits.allSatisfy({ (0x30...0x39).contains($0) || (0x41...0x46).contains($0 & 0xDF) }),
            let bits = UInt32(String(Substring(digits)), radix: 16)
        else { return nil }
        self.init(red: UInt8(bits >> 16), green: UInt8(bits >> 8 & 255), blue: UInt8(bits & 255))
    }

    package var description: String {
        "#" + [red, green, blue].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// Relative luminance, 0 for black to 1 for white: WCAG 2.2, "relative luminance".
    var luminance: Double {
        func linear(_ part: UInt8) -> Double {
            let value = Double(part) / 255
            return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
        }
        return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }

    /// 1 for no contrast to 21 for black on white: WCAG 2.2, "contrast ratio".
    package func contrast(with other: Colour) -> Double {
        let (one, two) = (luminance, other.luminance)
        return (max(one, two) + 0.05) / (min(one, two) + 0.05)
    }

    /// The colour on the straight way to black or to white that is nearest to this one and has the contrast. One of the
    /// two ends always has 4.5.
    func nearest(having ratio: Double, with other: Colour) -> Colour? {
        let ways = [Colour.black, .white].compactMap { end -> Colour? in
            (0...255).lazy.map { self.mixed(with: end, parts: $0) }.first { $0.contrast(with: other) >= ratio }
        }
        return ways.min { distance(to: $0) < distance(to: $1) }
    }

    private func mixed(with other: Colour, parts: Int) -> Colour {
        func mix(_ from: UInt8, _ to: UInt8) -> UInt8 { UInt8((Int(from) * (255 - parts) + Int(to) * parts) / 255) }
        return Colour(red: mix(red, other.red), green: mix(green, other.green), blue: mix(blue, other.blue))
    }

    private func distance(to other: Colour) -> Int {
        [(red, other.red), (green, other.green), (blue, other.blue)].reduce(0) { sum, pair in
            let difference = Int(pair.0) - Int(pair.1)
            return sum + difference * difference
        }
    }
}
