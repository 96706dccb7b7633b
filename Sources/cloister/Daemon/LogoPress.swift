import Glibc
import Model
import Plugins
import Sandbox
import Store
import Synchronization
import Tenancy

/// Writes pictures anew with libvips, each in a sealed child of its own that sees nothing but the picture: what strangers
/// send is never decoded in the daemon.
final class LogoPress: Sendable {
    private static let deadline = Duration.seconds(20)
    private static let atOnce = 2

    private let installation: Installation
    private let launcher: Launcher
    private let running = Mutex(0)

    init(_ installation: Installation, _ launcher: Launcher) {
        self.installation = installation
        self.launcher = launcher
    }

    /// The picture within the largest size of logos, upright, without metadata.
    func press(_ bytes: [UInt8]) async throws(Problem) -> Logo {
        _ = try RasterHeader(bytes)
        guard access("/usr/bin/vipsthumbnail", X_OK) == 0 else {
            throw Problem(
                .unsupported, "no logo can be made: /usr/bin/vipsthumbnail is missing", hint: "install the package libvips-tools")
        }
        let isFree = running.withLock { count in
            guard count < Self.atOnce else { return false }
            count += 1
            return true
        }
        guard isFree else { throw Problem(.retryLater, "logos are being made", hint: "try again in a few seconds") }
        defer { running.withLock { $0 -= 1 } }
        return try Logo(
            rewritten: try await Blocking.run { [self] () throws(Problem) in
                do { return try rewrite(bytes) } catch { throw Problem(wrapping: error, doing: "the logo cannot be written anew") }
            })
    }

    private func rewrite(_ bytes: [UInt8]) throws -> [UInt8] {
        let folder = try FileCopy.makeTemporaryFolder()
        defer { try? FileCopy.remove(folder) }
        let empty = folder + "/empty"
        guard mkdir(empty, 0o755) == 0 else { throw Problem(systemCall: "mkdir \(empty)") }
        let file = folder + "/picture"
        try FileCopy.write(bytes, to: file)
        // Only the decoders that their makers trust with strangers' files, no code made at run time, one processor.
        let environment = ["VIPS_BLOCK_UNTRUSTED": "1", "VIPS_NOVECTOR": "1", "VIPS_CONCURRENCY": "1"]
        return try ScratchSandbox.with(
            installation, folder: empty, profile: "picture", limits: .ofProfile, environment: environment, launcher: launcher
        ) { sandbox in
            let picture = try sandbox.place(file)
            let size = "\(Logo.largest.width)x\(Logo.largest.height)>"
            // A name that begins with the ending: to standard output.
            let pipes = try sandbox.start(["/usr/bin/vipsthumbnail", picture, "-s", size, "-o", ".png[strip,compression=9]"])
            return Self.collect(pipes)
        }
    }

    /// What the child writes until it ends, too much, or for too long.
    private static func collect(_ pipes: ProcessPipes) -> [UInt8] {
        close(pipes.input)
        let end = ContinuousClock.now + deadline
        var output: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        var entries = [pipes.output, pipes.errors, pipes.status].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        while entries.contains(where: { $0.fd >= 0 }), output.count <= Int(Logo.byteLimit.bytes) {
            let left = (end - ContinuousClock.now).milliseconds
            guard left > 0, poll(&entries, nfds_t(entries.count), Int32(left)) != 0 else { break }
            for index in entries.indices where entries[index].fd >= 0 && entries[index].revents != 0 {
                let count = read(entries[index].fd, &buffer, buffer.count)
                if count > 0 {
                    if index == 0 { output += buffer[..<count] }
                } else if count == 0 || errno != EINTR {
                    entries[index].fd = -1
                }
            }
        }
        // Its namespaces end with it.
        kill(pipes.process, SIGKILL)
        var status: Int32 = 0
        while waitpid(pipes.process, &status, 0) < 0, errno == EINTR {}
        for descriptor in [pipes.output, pipes.errors, pipes.status] { close(descriptor) }
        return output
    }
}
