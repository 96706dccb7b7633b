package import Model
package import Sandbox
import Synchronization

/// The sandbox profiles in force, each compiled once. Replaced as a whole when the daemon reloads.
package final class ProfileCatalog: Sendable {
    private struct State {
        var library: ProfileLibrary
        var filters: [String: SyscallFilter] = [:]
    }

    private let state: Mutex<State>

    package init(_ library: ProfileLibrary) { state = Mutex(State(library: library)) }

    /// From now on plugins that start get these; those that run keep theirs.
    package func replace(_ library: ProfileLibrary) { state.withLock { $0 = State(library: library) } }

    package func profile(named name: String) throws(Problem) -> (Profile, SyscallFilter) {
        let outcome: Result<(Profile, SyscallFilter), Problem> = state.withLock { state in
            do throws(Problem) {
                let profile = try state.library.profile(named: name)
                if let filter = state.filters[name] { return .success((profile, filter)) }
                let filter = try SyscallFilter.compile(profile.systemCalls)
                state.filters[name] = filter
                return .success((profile, filter))
            } catch {
                return .failure(error)
            }
        }
        return try outcome.get()
    }
}
