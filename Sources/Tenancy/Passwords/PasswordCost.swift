/// What a guess costs: the parameters of scrypt (RFC 7914). Memory is `128 · 2^exponent · blockSize` bytes.
package struct PasswordCost: Sendable, Hashable {
    package let exponent: Int
    package let blockSize: Int
    package let parallelism: Int

    /// 64 MiB and about a quarter of a second: the second line of OWASP's table for scrypt (2^16, 8, 2).
    package static let ordinary = PasswordCost(exponent: 16, blockSize: 8, parallelism: 2)!

    /// Nil for what would cost nothing, or more than the daemon may ever spend on a login.
    package init?(exponent: Int, blockSize: Int, parallelism: Int) {
        guard (4...18).contains(exponent), (1...16).contains(blockSize), (1...4).contains(parallelism) else { return nil }
        self.exponent = exponent
        self.blockSize = blockSize
        self.parallelism = parallelism
    }
}
