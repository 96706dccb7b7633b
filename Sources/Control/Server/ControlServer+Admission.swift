import Logging
import Model
import NIOCore
import NIOPosix
import Synchronization

extension ControlServer {
    private enum Admission {
        case served(UInt64)
        case turnedAway(UInt64)
    }

    /// Makes a connection of an accepted channel: counted, and with its caller known, before a byte is read.
    func admit(_ channel: any Channel) -> EventLoopFuture<Void> {
        let loop = channel.eventLoop
        guard let admission = reserve(until: channel.closeFuture) else {
            return loop.makeFailedFuture(Problem(.retryLater, "too many connections"))
        }
        return PeerCredentials.of(channel).flatMap { credentials in
            // A machine that asks a directory for names may answer late.
            NIOThreadPool.singleton.runIfActive(eventLoop: loop) {
                (credentials, AccountNames.name(ofUser: credentials.userID))
            }
        }.flatMapThrowing { credentials, name in
            let (number, refusal) = self.terms(of: admission)
            let caller = ControlCaller(
                userID: credentials.userID, groupID: credentials.groupID, processID: credentials.processID,
                userName: name, connection: number)
            let connection = ControlConnection(channel, caller: caller, logger: self.logger)
            try connection.install(limits: self.limits, refusal: refusal)
            guard refusal == nil else {
                self.logger.warning("control connection refused", metadata: caller.metadata)
                return
            }
            if case .terminated = self.accepted.continuation.yield(connection) { channel.close(promise: nil) }
        }
    }

    private func reserve(until closed: EventLoopFuture<Void>) -> Admission? {
        let admission = state.withLock { state -> Admission? in
            state.lastConnection += 1
            if state.connections < limits.connections {
                state.connections += 1
                return .served(state.lastConnection)
            }
            guard state.turnedAway < limits.turnedAway else { return nil }
            state.turnedAway += 1
            return .turnedAway(state.lastConnection)
        }
        closed.whenComplete { _ in
            self.state.withLock { state in
                switch admission {
                case .served: state.connections -= 1
                case .turnedAway: state.turnedAway -= 1
                case nil: break
                }
            }
        }
        return admission
    }

    private func terms(of admission: Admission) -> (UInt64, Problem?) {
        switch admission {
        case .served(let number): (number, nil)
        case .turnedAway(let number):
            (
                number,
                Problem(
                    .retryLater, "the daemon already serves \(limits.connections) control connections",
                    hint: "end one of them, for example a plugin logs --follow, and try again")
            )
        }
    }
}
