import Model
import NIOCore
import Synchronization

/// The addresses of this machine's interfaces, looked up again every few seconds: what listens on them may trust whoever
/// is here, so they are as private as the loopback address.
final class OwnAddresses: Sendable {
    private let known = Mutex<(addresses: Set<Address>, until: NIODeadline)>(([], .distantPast))

    func contains(_ address: Address) -> Bool {
        known.withLock { known in
            let now = NIODeadline.now()
            if now >= known.until {
                let devices = (try? System.enumerateDevices()) ?? []
                known = (Set(devices.compactMap { $0.address?.withSockAddr { pointer, _ in Address(pointer) } }), now + .seconds(5))
            }
            return known.addresses.contains(address)
        }
    }
}
