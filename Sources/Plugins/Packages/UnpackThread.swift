import CLinux
import Glibc
import Model

/// Runs work on a thread with a working folder and a umask of its own, and waits for it.
///
/// libarchive writes only relative paths under its secure flags, and the working folder of a process belongs to all of its
/// threads, unless one leaves that arrangement (unshare(2), CLONE_FS; needs no privilege).
enum UnpackThread {
    static func run(in folder: String, _ body: @escaping @Sendable () throws(Problem) -> Void) throws(Problem) {
        let work = Work(folder, body)
        var thread = pthread_t()
        let retained = Unmanaged.passRetained(work)
        let failure = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, retained.toOpaque())
        guard failure == 0 else {
            retained.release()
            throw Problem(.retryLater, "cannot start a thread", cause: String(cString: strerror(failure)))
        }
        pthread_join(thread, nil)
        try work.outcome.get()
    }

    /// Touched by the one thread until it has been joined.
    private final class Work {
        private let folder: String
        private let body: () throws(Problem) -> Void
        var outcome: Result<Void, Problem> = .failure(Problem(.internalFault, "unpacking did not start"))

        init(_ folder: String, _ body: @escaping () throws(Problem) -> Void) {
            self.folder = folder
            self.body = body
        }

        func run() {
            cloister_name_thread("unpack")
            let error = cloister_leave_folder(folder)
            guard error == 0 else {
                outcome = .failure(Problem(.internalFault, "cannot work in \(folder)", cause: String(cString: strerror(error))))
                return
            }
            do throws(Problem) { outcome = .success(try body()) } catch { outcome = .failure(error) }
        }
    }
}
