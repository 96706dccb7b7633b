package import Sandbox

extension Manifest.Limits {
    /// Those of the profile, as they are.
    package static let ofProfile = Manifest.Limits()

    /// The profile's limits, with what the manifest asks for where that is less. A manifest cannot widen its profile.
    package func lowering(_ limits: ProfileLimits) -> ProfileLimits {
        var result = limits
        if let memory { result.memory = min(memory, limits.memory) }
        if let processes { result.processes = min(processes, limits.processes) }
        if let cpu { result.cpu = min(cpu, limits.cpu) }
        if let files { result.files = min(files, limits.files) }
        if let fileSize { result.fileSize = min(fileSize, limits.fileSize) }
        return result
    }
}
