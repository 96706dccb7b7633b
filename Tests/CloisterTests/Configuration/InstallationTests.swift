import Glibc
import HostTesting
import Model
import Testing

@testable import cloister

struct InstallationTests {
    @Test func `an installation below a prefix is found`() throws {
        try TemporaryFolder.with { (prefix) throws in
            for folder in ["bin", "lib", "lib/cloister", "share", "share/cloister", "share/cloister/profiles", "share/cloister/plugins", "share/cloister/sdks"] {
                mkdir("\(prefix)/\(folder)", 0o755)
            }
            for program in ["cloister-launch", "cloister-worker", "cloister-probe", "cloister-peer"] {
                write("", to: "\(prefix)/lib/cloister/\(program)", mode: 0o755)
            }
            let installation = Installation(folder: prefix + "/bin", configuration: DaemonConfiguration())
            #expect(try installation.launcher == prefix + "/lib/cloister/cloister-launch")
            #expect(try installation.worker == prefix + "/lib/cloister/cloister-worker")
            #expect(try installation.probe == prefix + "/lib/cloister/cloister-probe")
            #expect(try installation.peer == prefix + "/lib/cloister/cloister-peer")
            #expect(try installation.profiles == prefix + "/share/cloister/profiles")
            #expect(installation.pluginFolders == [prefix + "/share/cloister/plugins"])
            #expect(installation.sdks == prefix + "/share/cloister/sdks")
        }
    }

    @Test func `a working copy is found from the folder of its build`() throws {
        try TemporaryFolder.with { (root) throws in
            for folder in [".build", ".build/debug", "sandbox-profiles", "Sources", "Sources/Bundled", "Sources/Bundled/Plugins", "SDKs"] {
                mkdir("\(root)/\(folder)", 0o755)
            }
            write("", to: root + "/Package.swift")
            write("", to: root + "/.build/debug/cloister-launch", mode: 0o755)
            let installation = Installation(folder: root + "/.build/debug", configuration: DaemonConfiguration())
            #expect(try installation.launcher == root + "/.build/debug/cloister-launch")
            #expect(try installation.profiles == root + "/sandbox-profiles")
            #expect(installation.pluginFolders == [root + "/Sources/Bundled/Plugins"])
            #expect(installation.sdks == nil)
            symlink("../../SDKs", root + "/Sources/Bundled/SDKs")
            #expect(installation.sdks == root + "/SDKs", "a link would not be bound into a child")
        }
    }

    @Test func `the configuration is obeyed, also where it is wrong`() throws {
        try TemporaryFolder.with { (folder) throws in
            write("", to: folder + "/cloister-launch", mode: 0o755)
            var configuration = DaemonConfiguration()
            configuration.launcher = folder + "/other"
            configuration.profiles = folder
            configuration.plugins = ["/srv/plugins"]
            let installation = Installation(folder: folder, configuration: configuration)
            #expect(try installation.profiles == folder)
            #expect(installation.pluginFolders == ["/srv/plugins"])
            let problem = #expect(throws: Problem.self) { try installation.launcher }
            #expect(problem?.code == .invalidConfiguration)
            #expect(problem?.message == "cloister-launch not found: looked for \(folder)/other")
        }
    }

    @Test func `a bare name is looked for in the plugin folders, and the nearest is named`() throws {
        try TemporaryFolder.with { (folder) throws in
            for path in ["one", "two", "two/exif-metadata", "two/not-a-plugin"] { mkdir("\(folder)/\(path)", 0o755) }
            write("", to: folder + "/two/exif-metadata/plugin.yaml")
            var configuration = DaemonConfiguration()
            configuration.plugins = [folder + "/one", folder + "/two", folder + "/three"]
            let installation = Installation(folder: folder, configuration: configuration)
            #expect(try installation.bundledPlugin(PluginID("exif-metadata")) == folder + "/two/exif-metadata")
            let problem = #expect(throws: Problem.self) { try installation.bundledPlugin(PluginID("exif-metdata")) }
            #expect(problem?.code == .notFound)
            #expect(problem?.hint == "did you mean exif-metadata?")
            #expect(throws: Problem.self) { try installation.bundledPlugin(PluginID("not-a-plugin")) }
        }
    }

    @Test func `a file that cannot be executed is no launcher`() throws {
        try TemporaryFolder.with { (folder) throws in
            write("", to: folder + "/cloister-launch", mode: 0o644)
            let installation = Installation(folder: folder, configuration: DaemonConfiguration())
            #expect(throws: Problem.self) { try installation.launcher }
        }
    }
}
