import Glibc
package import Model
import NIOPosix
package import Sandbox

extension Supervisor {
    /// Runs a sealed program that nobody speaks with, to its end: housekeeping under a plugin's identity.
    package func run(_ plan: LaunchPlan) async throws(Problem) -> ExitReason { try await output(of: plan, limit: 0).reason }

    /// The same, and what it printed; it is to print no more than `limit` bytes, and a pipe holds them.
    package func output(of plan: LaunchPlan, limit: Int) async throws(Problem) -> (reason: ExitReason, output: [UInt8]) {
        let launcher = launcher
        let started: Result<(process: Int32, descriptors: [Int32]), Problem> = await withCheckedContinuation { continuation in
            launcher.submit {
                do throws(Problem) {
                    let started = try launcher.launchNow(plan)
                    let process = started.process
                    let ends = started.take()
                    continuation.resume(
                        returning: .success((process, [ends.input, ends.output, ends.errors, ends.status])))
                    // Housekeeping has no way out.
                    if ends.egress >= 0 { close(ends.egress) }
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        let (process, descriptors) = try started.get()
        let (statuses, output) = (try? await NIOThreadPool.singleton.runIfActive { Self.read(descriptors, limit) }) ?? ([], [])
        await withCheckedContinuation { continuation in
            launcher.submit {
                var status: Int32 = 0
                while waitpid(process, &status, 0) < 0, errno == EINTR {}
                continuation.resume()
            }
        }
        return (ExitObservation(statuses: statuses).reason(asked: nil, nameOfSystemCall: SystemCallTable.name(of:)), output)
    }

    /// Reads the status pipe to its end, and then what the program printed. Whatever else it prints ends it.
    private static func read(_ descriptors: [Int32], _ limit: Int) -> ([LaunchStatus], [UInt8]) {
        let output = descriptors[1]
        for descriptor in [descriptors[0], descriptors[2]] { close(descriptor) }
        if limit == 0 { close(output) }
        defer { close(descriptors[3]) }
        var statuses: [LaunchStatus] = []
        var record = [UInt8](repeating: 0, count: LaunchStatus.recordSize)
        while Glibc.read(descriptors[3], &record, record.count) == record.count {
            if let status = record.withUnsafeBytes({ LaunchStatus(record: $0) }) { statuses.append(status) }
        }
        guard limit > 0 else { return (statuses, []) }
        defer { close(output) }
        var printed = [UInt8](repeating: 0, count: limit)
        let count = Glibc.read(output, &printed, limit)
        return (statuses, Array(printed.prefix(max(0, count))))
    }
}
