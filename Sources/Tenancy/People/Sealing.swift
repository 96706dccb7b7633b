package import Model

/// Seals texts that must be read again. The composition root supplies it.
package protocol Sealing: Sendable {
    /// Seals a text for one place only: it can be opened nowhere else.
    func seal(_ text: String, for place: String) throws(Problem) -> [UInt8]
    func open(_ sealed: [UInt8], for place: String) throws(Problem) -> String
}
