import Glibc
package import Model
import NIOPosix
package import Sandbox

extension Supervisor {
    /// Runs a sealed program that nobody speaks with, to its end: housekeeping under a plugin's identity.
    package func run(_ plan: LaunchPlan) async throws(Problem) -> ExitReason {
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
        let statuses = (try? await NIOThreadPool.singleton.runIfActive { Self.read(descriptors) }) ?? []
        await withCheckedContinuation { continuation in
            launcher.submit {
                var status: Int32 = 0
                while waitpid(process, &status, 0) < 0, errno == EINTR {}
                continuation.resume()
            }
        }
        return ExitObservation(statuses: statuses).reason(asked: nil, nameOfSystemCall: SystemCallTable.name(of:))
    }

    /// Reads the status pipe to its end; what the program prints is nobody's business, and a full pipe would stop it.
    private static func read(_ descriptors: [Int32]) -> [LaunchStatus] {
        for descriptor in descriptors[..<3] { close(descriptor) }
        defer { close(descriptors[3]) }
        var statuses: [LaunchStatus] = []
        var record = [UInt8](repeating: 0, count: LaunchStatus.recordSize)
        while Glibc.read(descriptors[3], &record, record.count) == record.count {
            if let status = record.withUnsafeBytes({ LaunchStatus(record: $0) }) { statuses.append(status) }
        }
        return statuses
    }
}
