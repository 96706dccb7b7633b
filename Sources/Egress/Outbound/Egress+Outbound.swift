package import Model
import NIOCore
import NIOPosix

extension Egress {
    /// Sends a request to where a tenant wants it, and returns what came back; redirects are not followed.
    ///
    /// The name is looked up once. Only addresses that are public, or that `grants` names, are dialled, and what is dialled
    /// is what was judged; the certificate must bear the name. What it moves is counted on `account`, where there is one.
    /// Throws `Refusal`, which says whether something of the request may have arrived, or `CancellationError`.
    package func send(
        _ request: OutboundRequest, for tenant: TenantID, allowing grants: PrivateGrants, on account: EgressAccount? = nil
    ) async throws -> OutboundAnswer {
        try account?.checkVolume()
        try account?.open()
        defer { account?.close() }
        try account?.takeRequest()
        account?.countRequest()
        let passage = OutboundPassage(account)
        let loop = loops.next()
        let answer = loop.makePromise(of: OutboundAnswer.self)
        let timer = loop.scheduleTask(in: .nanoseconds(request.deadline.nanoseconds)) {
            answer.fail(Refusal(.timeout, "no answer within \(request.deadline.text)", destination: request.destination))
        }
        answer.futureResult.whenComplete { _ in timer.cancel() }
        loop.execute { self.begin(request, tenant, grants, answer, passage) }
        do {
            return try await withTaskCancellationHandler {
                try await answer.futureResult.get()
            } onCancel: {
                answer.fail(CancellationError())
            }
        } catch var refusal as Refusal {
            if refusal.kind == .addressNotPublic { account?.countRefusal() }
            refusal.mayHaveArrived = passage.hasBegun
            throw refusal
        }
    }

    private func begin(
        _ request: OutboundRequest, _ tenant: TenantID, _ grants: PrivateGrants, _ answer: EventLoopPromise<OutboundAnswer>,
        _ passage: OutboundPassage
    ) {
        let loop = answer.futureResult.eventLoop
        // No plugin has this name, so that what a tenant's plugins look up leaves room for this.
        let owner = EgressOwner(tenant: tenant, plugin: PluginID(unchecked: "-outbound"))
        let found =
            switch request.destination.host {
            case .address(let address): loop.makeSucceededFuture([address])
            case .name(let name): resolver.addresses(of: name, for: owner, on: loop)
            }
        found.assumeIsolated().flatMapThrowing { [self] addresses in
            try permitted(addresses, for: request, under: grants)
        }.flatMap { [self] addresses in
            Dialling.connect(
                to: addresses, port: request.destination.port, on: loop, timeout: settings.timeouts.connect
            ) { [self] channel in
                guard request.isEncrypted else { return }
                try channel.pipeline.syncOperations.addHandler(
                    CertificateName.handler(for: request.destination.host, try tls()))
            }
        }.whenComplete { result in
            switch result {
            case .success(let channel):
                answer.futureResult.whenComplete { _ in channel.close(promise: nil) }
                do {
                    try channel.pipeline.syncOperations.addHandler(OutboundExchange(request, answer, passage))
                } catch {
                    answer.fail(error)
                }
            case .failure(let error as Refusal): answer.fail(error)
            case .failure(let error):
                answer.fail(Refusal(.unreachable, "\(request.destination) cannot be reached: \(Dialling.reason(error))"))
            }
        }
    }

    private func permitted(
        _ addresses: [Address], for request: OutboundRequest, under grants: PrivateGrants
    ) throws(Refusal) -> [SocketAddress] {
        let destination = request.destination
        var refused: Refusal?
        var permitted: [SocketAddress] = []
        for address in addresses {
            switch grants.verdict(on: address, port: destination.port, isOwn: own.contains(address)) {
            case .allowed where request.isEncrypted || grants.names(address, port: destination.port):
                permitted.append(SocketAddress(address, port: destination.port))
            case .allowed: refused = refused ?? Refusal(.addressNotPublic, "\(destination.host) is reached over https alone")
            case .refused(let what):
                refused = refused ?? Refusal(.addressNotPublic, "\(destination.host) is \(address), which is \(what)")
            }
        }
        if permitted.isEmpty, let refused { throw refused }
        return permitted
    }
}
