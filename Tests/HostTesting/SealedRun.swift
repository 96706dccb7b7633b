import Glibc
import Model
package import Sandbox
import Synchronization

/// One sealed child, run to its end without a supervisor: what it wrote, and what its launcher reported.
package struct SealedRun: Sendable {
    package var output = ""
    package var errors = ""
    package var statuses: [LaunchStatus] = []

    /// The exit status, where the plugin ran and ended by itself.
    package var exit: Int32? {
        for case .exited(let status, _) in statuses where status & 0x7F == 0 { return status >> 8 & 0xFF }
        return nil
    }

    /// The signal, where one ended the plugin.
    package var signal: Int32? {
        for case .exited(let status, _) in statuses where status & 0x7F != 0 { return status & 0x7F }
        return nil
    }

    package var failure: String? {
        for case .failed(let step, let error, let detail) in statuses { return "\(step) at \(detail): \(error)" }
        return nil
    }

    private struct Pipes: Sendable {
        let process: Int32
        let descriptors: [Int32]
        let egress: Int32
    }

    /// Runs the plan with `input` on its standard input and waits until everything of it is gone. `serve` takes over the
    /// listener of its way out, where the plan asks for one.
    package static func run(
        _ plan: LaunchPlan, input: String = "", group: Int32? = nil, serve: ((Int32) -> Void)? = nil
    ) throws -> SealedRun {
        let launcher = try Launcher(executable: Built.program("cloister-launch"))
        let outcome = Mutex<Result<Pipes, Problem>?>(nil)
        let done = Semaphore()
        launcher.submit {
            do throws(Problem) {
                let started = try launcher.launchNow(plan, group: group)
                let process = started.process
                let ends = started.take()
                outcome.withLock {
                    $0 = .success(
                        Pipes(
                            process: process, descriptors: [ends.input, ends.output, ends.errors, ends.status],
                            egress: ends.egress))
                }
            } catch {
                outcome.withLock { $0 = .failure(error) }
            }
            done.signal()
        }
        done.wait()
        let pipes = try outcome.withLock { $0 }!.get()
        if pipes.egress >= 0 { try receive(pipes.egress, serve) }
        var text = input
        text.withUTF8 { _ = write(pipes.descriptors[0], $0.baseAddress, $0.count) }
        close(pipes.descriptors[0])
        let read = drain(Array(pipes.descriptors.dropFirst()))
        var wait: Int32 = 0
        while waitpid(pipes.process, &wait, 0) < 0, errno == EINTR {}
        var run = SealedRun()
        run.output = String(decoding: read[0], as: UTF8.self)
        run.errors = String(decoding: read[1], as: UTF8.self)
        run.statuses = stride(from: 0, to: read[2].count, by: LaunchStatus.recordSize).compactMap { start in
            read[2][start..<min(start + LaunchStatus.recordSize, read[2].count)].withUnsafeBytes { LaunchStatus(record: $0) }
        }
        return run
    }

    /// Waits for the listener, or for the launcher's end.
    private static func receive(_ socket: Int32, _ serve: ((Int32) -> Void)?) throws {
        var entry = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        poll(&entry, 1, 10_000)
        guard let listener = try? EgressSocket.receive(from: Descriptor(owning: socket)) else { return }
        let number = listener.release()
        if let serve { serve(number) } else { close(number) }
    }

    /// Reads all of them until each is closed.
    private static func drain(_ descriptors: [Int32]) -> [[UInt8]] {
        var read = [[UInt8]](repeating: [], count: descriptors.count)
        var entries = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while entries.contains(where: { $0.fd >= 0 }) {
            poll(&entries, nfds_t(entries.count), -1)
            for index in entries.indices where entries[index].fd >= 0 && entries[index].revents != 0 {
                let count = Glibc.read(entries[index].fd, &buffer, buffer.count)
                if count > 0 {
                    read[index] += buffer[..<count]
                } else {
                    close(entries[index].fd)
                    entries[index].fd = -1
                }
            }
        }
        return read
    }
}

/// A counting semaphore that may be shared.
final class Semaphore: Sendable {
    // A semaphore is made to be shared between threads.
    nonisolated(unsafe) private let semaphore: UnsafeMutablePointer<sem_t>

    init() {
        semaphore = .allocate(capacity: 1)
        sem_init(semaphore, 0, 0)
    }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    func signal() { sem_post(semaphore) }
    func wait() { while sem_wait(semaphore) != 0 {} }
}
