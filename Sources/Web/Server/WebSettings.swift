package import Model
package import Tenancy

/// What an operator decides about the HTTP server. Without an address it serves only what the service manager hands over.
package struct WebSettings: Hashable, Sendable {
    package enum Address: Hashable, Sendable {
        case network(host: String, port: Int)
        /// An absolute path.
        case path(String)
    }

    /// Files in PEM; absolute paths.
    package struct Certificate: Hashable, Sendable {
        package var chain: String
        package var key: String

        package init(chain: String, key: String) {
            self.chain = chain
            self.key = key
        }
    }

    package struct Limits: Hashable, Sendable {
        package var connections = 1024
        /// All headers of a request together.
        package var header = ByteSize.kibibytes(32)
        /// A body that is read as a whole.
        package var body = ByteSize.mebibytes(4)
        /// A document or a package.
        package var upload = ByteSize.gibibytes(1)

        package init() {}
    }

    package struct Times: Hashable, Sendable {
        /// From the beginning of a connection to the last header of its first request, handshakes included.
        package var header = Duration.seconds(10)
        /// Between two requests of a connection, the headers of the second included.
        package var idle = Duration.seconds(60)
        /// A client that takes nothing of its answer for so long is given up.
        package var stall = Duration.seconds(30)
        /// What a client must send on average while a body is waited for, in bytes a second.
        package var rate = ByteSize.kibibytes(1)
        /// How long it may be slower than that at the beginning.
        package var grace = Duration.seconds(10)
        /// Between two comments in an answer that goes on while there is nothing to tell. No operator needs another.
        package var heartbeat = Duration.seconds(15)

        package init() {}
    }

    package var addresses: [Address] = []
    package var certificate: Certificate?
    package var limits = Limits()
    package var times = Times()
    /// How often callers with a key may ask.
    package var rates = RateLimits()

    package init() {}
}
