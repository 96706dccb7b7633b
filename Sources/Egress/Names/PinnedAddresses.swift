import Glibc
import Model
import NIOCore
import NIOPosix

/// Answers with addresses that were found and judged before, so that what is dialled is what was judged.
struct PinnedAddresses: Resolver {
    let addresses: [SocketAddress]
    let loop: any EventLoop

    func initiateAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
        loop.makeSucceededFuture(addresses.filter { if case .v4 = $0 { true } else { false } })
    }

    func initiateAAAAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
        loop.makeSucceededFuture(addresses.filter { if case .v6 = $0 { true } else { false } })
    }

    func cancelQueries() {}
}

extension SocketAddress {
    /// Where to dial an address.
    init(_ address: Address, port: Int) {
        switch address {
        case .four(let bits):
            var four = sockaddr_in()
            four.sin_family = sa_family_t(AF_INET)
            four.sin_port = in_port_t(port).bigEndian
            four.sin_addr.s_addr = bits.bigEndian
            self.init(four)
        case .six(let high, let low):
            var six = sockaddr_in6()
            six.sin6_family = sa_family_t(AF_INET6)
            six.sin6_port = in_port_t(port).bigEndian
            withUnsafeMutableBytes(of: &six.sin6_addr) { bytes in
                bytes.storeBytes(of: high.bigEndian, as: UInt64.self)
                bytes.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
            }
            self.init(six)
        }
    }
}
