/// A command whose result and errors are JSON where the caller asks for it.
protocol JSONChoosing: Sendable {
    var client: ClientOptions { get }
}
