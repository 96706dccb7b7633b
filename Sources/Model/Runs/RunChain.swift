/// How many runs lie above what is done now, each of which started the next.
package enum RunChain {
    /// Deeper, a run is not begun: workflows that start each other would go on for ever.
    package static let limit = 10

    @TaskLocal package static var depth = 0
}
