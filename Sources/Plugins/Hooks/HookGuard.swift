import Model
import NIOCore

/// The rules of an event beyond those of all hooks: who may see its value, and what a filter may make of it.
protocol HookGuard: Sendable {
    /// Why a plugin is not asked; nil where it may see the value as it is now.
    func objection(to plugin: PluginID) -> String?

    /// What a filter gave back, as it goes on to the next; throws what is wrong with it.
    func take(_ value: ByteBuffer, from plugin: PluginID) async throws(Problem) -> ByteBuffer
}
