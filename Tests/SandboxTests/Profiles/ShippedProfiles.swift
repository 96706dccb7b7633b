import Model
import Sandbox

/// The profiles of this repository.
enum ShippedProfiles {
    static let folder: String = {
        let parts = #filePath.split(separator: "/").dropLast(4)
        return "/" + parts.joined(separator: "/") + "/sandbox-profiles"
    }()

    static func profile(_ name: String) throws -> Profile {
        try ProfileLibrary.load(folder: folder).profile(named: name)
    }

    static func filter(_ name: String) throws -> SyscallFilter {
        try SyscallFilter.compile(profile(name).systemCalls)
    }
}
