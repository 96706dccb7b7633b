import Crypto
package import Model
import Store

/// A tenant's logo as it is served: a PNG that was written anew from whatever came, in a sealed child.
package struct Logo: Sendable, Hashable {
    /// What it is made to fit into, in pixels.
    package static let largest = (width: 640, height: 160)
    package static let byteLimit = ByteSize.kibibytes(512)

    package let png: [UInt8]
    package let width: Int
    package let height: Int
    /// SHA-256, in hexadecimal digits.
    package let digest: String

    /// From what the sealed child wrote, which is believed no more than what came.
    package init(rewritten bytes: [UInt8]) throws(Problem) {
        guard bytes.count <= Int(Self.byteLimit.bytes), let png = PNGFile.stripped(bytes), let header = try? RasterHeader(png),
            header.format == .png, header.width <= Self.largest.width, header.height <= Self.largest.height
        else { throw Problem(.invalidInput, "the logo cannot be read", hint: "it is damaged, or not what it seems to be") }
        self.png = png
        (width, height) = (header.width, header.height)
        digest = BlobDigest(Array(SHA256.hash(data: png))).hexadecimal
    }
}
