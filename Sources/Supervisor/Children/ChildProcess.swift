import Glibc
import Model
import NIOCore
import NIOPosix
import Sandbox
import Wire

/// One life of a child: the launcher's process, its pipes, its control group and the conversation with it. Confined to
/// its event loop.
final class ChildProcess {
    let peer: Peer
    let group: ControlGroup?
    var dialect: any ChildDialect
    /// Read on every call, so not through the dialect.
    let translates: Bool
    /// The dialect's question that stayed without an answer for longer than its patience. One that still comes is heard
    /// until the conversation is open.
    var unheard: Peer.CallID?
    /// Pid 1 of the sandbox as the host sees it, once known.
    private(set) var sandboxProcess: Int32?
    private(set) var hasEnded = false

    private let number: Int32
    private let loop: any EventLoop
    private let launcher: Launcher
    private var isReaped = false
    private var statuses: [LaunchStatus] = []
    private var openStreams = 0
    private var verdict: ExitObservation?
    private var ended: ((ExitObservation) -> Void)?
    /// Where the listener of its way out arrives, until it has.
    private var egress: Int32 = -1
    private var endings: [@Sendable () -> Void] = []

    init(
        number: Int32, group: ControlGroup?, peer: Peer, dialect: any ChildDialect, loop: any EventLoop,
        launcher: Launcher
    ) {
        self.number = number
        self.group = group
        self.peer = peer
        self.dialect = dialect
        translates = dialect.translates
        self.loop = loop
        self.launcher = launcher
    }

    /// Reads from the pipes from now on. `listening` takes over the socket in which the listener of its way out lies.
    /// `ended` runs once, when the process is gone and its last words are read.
    func attach(
        _ pipes: Launcher.Ends, errorRate: Int, tap: WireTapHandler? = nil, errors: @escaping (ByteBuffer) -> Void,
        listening: @escaping (Int32) -> Void, ended: @escaping (ExitObservation) -> Void
    ) {
        self.ended = ended
        egress = pipes.egress
        openStreams = 2
        open(PipeBootstrap(input: pipes.output, output: pipes.input), as: peer, behind: tap) { [self] in streamClosed() }
        open(
            PipeBootstrap(input: pipes.errors, output: nil), as: StreamReader(bytesPerSecond: errorRate, received: errors)
        ) { [self] in streamClosed() }
        open(
            PipeBootstrap(input: pipes.status, output: nil),
            as: StatusReader { [self] status in
                switch status {
                case .started(let process): sandboxProcess = process
                case .listening where egress >= 0:
                    let socket = egress
                    egress = -1
                    listening(socket)
                default: break
                }
                statuses.append(status)
            }
        ) { [self] in reap() }
    }

    /// Runs `ending` when the process is gone, or now if it is.
    func whenEnded(_ ending: @escaping @Sendable () -> Void) {
        if isReaped { ending() } else { endings.append(ending) }
    }

    func terminate() { signal(SIGTERM) }

    /// Ends everything that the child started, wherever it hides: by its control group where there is one, and by the
    /// death of its pid namespace in any case.
    func kill() {
        group?.kill()
        signal(SIGKILL)
    }

    private func signal(_ signal: Int32) {
        guard !isReaped else { return }
        _ = Glibc.kill(number, signal)
    }

    private struct PipeBootstrap {
        let input: Int32
        let output: Int32?
    }

    private func open(
        _ pipes: PipeBootstrap, as handler: some ChannelHandler, behind tap: WireTapHandler? = nil,
        closed: @escaping () -> Void
    ) {
        let bootstrap = NIOPipeBootstrap(group: loop)
            .channelOption(.autoRead, value: false)
            .channelOption(.allowRemoteHalfClosure, value: false)
        let opening =
            if let output = pipes.output {
                bootstrap.takingOwnershipOfDescriptors(input: pipes.input, output: output)
            } else {
                bootstrap.takingOwnershipOfDescriptor(input: pipes.input)
            }
        opening.assumeIsolated().whenComplete { [loop] result in
            guard case .success(let channel) = result else { return closed() }
            channel.closeFuture.assumeIsolated().whenComplete { _ in closed() }
            do {
                if let tap { try channel.pipeline.syncOperations.addHandler(tap) }
                try channel.pipeline.syncOperations.addHandler(handler)
            } catch {
                loop.assertInEventLoop()
                channel.close(promise: nil)
            }
            channel.setOption(.autoRead, value: true).assumeIsolated().whenComplete { _ in channel.read() }
        }
    }

    /// The launcher and everything below it have closed the status pipe, as only their end does.
    private func reap() {
        guard !isReaped else { return }
        isReaped = true
        if egress >= 0 { close(egress) }
        for ending in endings { ending() }
        endings = []
        let bound = NIOLoopBound(self, eventLoop: loop)
        let (group, statuses, loop, number) = (group, statuses, loop, number)
        launcher.submit {
            var waitStatus: Int32 = 0
            while waitpid(number, &waitStatus, 0) < 0, errno == EINTR {}
            var observation = ExitObservation(statuses: statuses)
            if let group {
                observation.ranOutOfMemory = group.ranOutOfMemory
                observation.memoryLimit = group.reachedMemoryLimit ? group.memoryLimit?.description : nil
                group.remove()
            }
            loop.execute { [observation] in bound.value.reaped(observation) }
        }
    }

    private func reaped(_ observation: ExitObservation) {
        verdict = observation
        finishIfDone()
        // Nobody holds the pipes any more, so their ends are near; a full pipe that nobody reads must not delay us.
        loop.assumeIsolated().scheduleTask(in: .milliseconds(200)) { [self] in
            openStreams = 0
            finishIfDone()
        }
    }

    private func streamClosed() {
        openStreams -= 1
        finishIfDone()
    }

    private func finishIfDone() {
        guard openStreams <= 0, let verdict, let ended else { return }
        hasEnded = true
        self.ended = nil
        peer.close(.requested)
        ended(verdict)
    }
}

/// Hands on what a pipe brings, not faster than agreed: who writes more waits in write(2).
private final class StreamReader: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = Never
    private let bytesPerSecond: Int
    private let received: (ByteBuffer) -> Void
    private var second = NIODeadline.now()
    private var bytes = 0

    init(bytesPerSecond: Int, received: @escaping (ByteBuffer) -> Void) {
        self.bytesPerSecond = bytesPerSecond
        self.received = received
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        bytes += buffer.readableBytes
        received(buffer)
    }

    func read(context: ChannelHandlerContext) {
        let now = NIODeadline.now()
        if now - second >= .seconds(1) { (second, bytes) = (now, 0) }
        guard bytes >= bytesPerSecond else { return context.read() }
        context.eventLoop.assumeIsolated().scheduleTask(deadline: second + .seconds(1)) { context.read() }
    }
}

/// Cuts the status pipe into the launcher's records.
private final class StatusReader: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let received: (LaunchStatus) -> Void
    private var pending = ByteBuffer()
    init(received: @escaping (LaunchStatus) -> Void) { self.received = received }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        pending.writeBuffer(&buffer)
        while let record = pending.readSlice(length: LaunchStatus.recordSize) {
            if let status = record.withUnsafeReadableBytes({ LaunchStatus(record: $0) }) { received(status) }
        }
    }
}
