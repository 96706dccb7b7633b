import HostTesting
import Model
import Testing

@testable import Tenancy

struct LogoTests {
    private static func chunk(_ name: String, _ data: [UInt8] = []) -> [UInt8] {
        let length = UInt32(data.count)
        return [24, 16, 8, 0].map { UInt8(length >> $0 & 255) } + Array(name.utf8) + data + [0, 0, 0, 0]
    }

    private static func size(_ number: UInt32) -> [UInt8] { [24, 16, 8, 0].map { UInt8(number >> $0 & 255) } }

    private static func png(_ width: UInt32, _ height: UInt32, _ more: [[UInt8]] = []) -> [UInt8] {
        PNGFile.signature + chunk("IHDR", size(width) + size(height) + [8, 2, 0, 0, 0]) + more.flatMap { $0 } + chunk("IDAT", [1]) + chunk("IEND")
    }

    private static let jpeg: [UInt8] = [0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 1, 2, 0xFF, 0xFF, 0xC2, 0, 11, 8, 0, 20, 0, 30, 1, 1, 1, 0]
    private static let lossless: [UInt8] = Array("RIFF".utf8) + [0, 0, 0, 0] + Array("WEBPVP8L".utf8) + [0, 0, 0, 0, 0x2F, 29, 0xC0, 4, 0]
    private static let extended: [UInt8] = Array("RIFF".utf8) + [0, 0, 0, 0] + Array("WEBPVP8X".utf8) + [10, 0, 0, 0, 0, 0, 0, 0, 29, 0, 0, 19, 0, 0]

    @Test(arguments: [(png(30, 20), RasterHeader.Format.png), (jpeg, .jpeg), (lossless, .webp), (extended, .webp)])
    func `a picture's size is read without decoding it`(bytes: [UInt8], format: RasterHeader.Format) throws {
        let header = try RasterHeader(bytes)
        #expect(header.format == format && header.width == 30 && header.height == 20, "\(header)")
    }

    @Test(arguments: [
        Array("<svg xmlns='http://www.w3.org/2000/svg'/>".utf8), Array("<?xml version='1.0'?><svg/>".utf8), Array("GIF89a".utf8), [], [0xFF, 0xD8, 0xFF],
        png(0, 1), png(20_000, 1), png(10_000, 10_000), png(.max, .max), Array(png(30, 20).prefix(20)), Array("RIFF....WEBPVP8 ".utf8),
    ] as [[UInt8]])
    func `what is no picture, or too large a one, is refused`(bytes: [UInt8]) {
        let problem = #expect(throws: Problem.self) { try RasterHeader(bytes) }
        #expect(problem?.code == .invalidInput)
    }

    @Test func `nothing but the picture is left of a file`() throws {
        let told = [Self.chunk("tEXt", Array("Author\0me".utf8)), Self.chunk("eXIf", [1, 2]), Self.chunk("iCCP", [3]), Self.chunk("PLTE", [1, 2, 3])]
        let logo = try Logo(rewritten: Self.png(30, 20, told) + Array("PK and more".utf8))
        #expect(logo.png == Self.png(30, 20, [Self.chunk("PLTE", [1, 2, 3])]))
        #expect(logo.width == 30 && logo.height == 20 && logo.digest.count == 64)
    }

    @Test func `what the child wrote is believed no more than what came`() {
        for bytes in [[], Self.png(641, 20), Self.png(30, 161), Array(Self.png(30, 20).dropLast(12)), Self.jpeg, Self.png(1, 1) + [UInt8](repeating: 0, count: 1 << 20)] as [[UInt8]] {
            #expect(throws: Problem.self) { try Logo(rewritten: bytes) }
        }
    }

    @Test func `whatever comes, reading ends`() {
        var generator = SeededGenerator(seed: 89)
        for sample in [Self.png(30, 20), Self.jpeg, Self.lossless, Self.extended] {
            for _ in 0..<2000 {
                var bytes = sample
                for _ in 0..<3 { bytes[Int.random(in: bytes.indices, using: &generator)] = .random(in: 0...255, using: &generator) }
                bytes = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &generator)))
                _ = try? RasterHeader(bytes)
                _ = PNGFile.stripped(bytes)
            }
        }
    }
}
