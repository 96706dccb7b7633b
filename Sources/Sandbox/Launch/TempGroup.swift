package import Model
package final class ControlGroup: Sendable {
    package let descriptor: Int32 = -1
    package func kill() {}
    package struct Usage { package var memoryBytes: Int64?; package var memoryPeakBytes: Int64?; package var cpuMicroseconds: Int64? }
    package func usage() -> Usage { Usage() }
    package var ranOutOfMemory: Bool { false }
    package var memoryLimit: ByteSize? { nil }
    package func remove() {}
}
