import Foundation
import HostTesting
import Model
import Store
import Testing

@testable import Plugins

@Suite(.serialized, .timeLimit(.minutes(10))) struct PackageTests {
    @Test func `the same folder makes the same bytes, whatever its times, order, owner's bits and umask`() async throws {
        try await PackageFixture.with { fixture in
            let first = try fixture.pack(try fixture.folder())
            let mask = umask(0o077)
            let copy = try fixture.folder("copy", files: PackageFixture.files.reversed().map { ($0.name, $0.text, $0.mode & 0o700) })
            umask(mask)
            for name in ["plugin.yaml", "lib", "lib/a.txt"] {
                try FileManager.default.setAttributes(
                    [.modificationDate: Date(timeIntervalSince1970: 86_400)], ofItemAtPath: "\(copy)/\(name)")
            }
            try fixture.write("left behind", to: copy + "/__pycache__/x.pyc")
            for folder in [".git", ".build"] { try fixture.write("left behind", to: "\(copy)/\(folder)/config") }
            let second = try fixture.pack(copy, to: "copy.cloister")
            #expect(first.digest == second.digest)
            #expect(try fixture.bytes() == fixture.bytes("copy.cloister"))
        }
    }

    @Test func `another content, name or execute bit makes another digest`() async throws {
        try await PackageFixture.with { fixture in
            let digest = try fixture.pack(try fixture.folder()).digest
            for (number, change) in [("empty", "x", 0o644), ("empty", "", 0o755), ("more", "", 0o644)].enumerated() {
                let files = PackageFixture.files.filter { $0.name != change.0 } + [change]
                let folder = try fixture.folder("other\(number)", files: files)
                #expect(try fixture.pack(folder).digest != digest, "\(change)")
            }
        }
    }

    @Test func `a package is unpacked as it was packed, and nobody can write to it`() async throws {
        try await PackageFixture.with { fixture in
            let package = try fixture.pack(try fixture.folder())
            try fixture.shelf.put(package)
            try fixture.shelf.put(package)
            let place = fixture.shelf.place(of: package.digest)
            let names = fixture.shelved.map { $0.replacing(package.digest.hexadecimal, with: "DIGEST") }
            #expect(
                names == [
                    "555 DIGEST", "444 DIGEST/empty", "555 DIGEST/hollow", "555 DIGEST/lib", "444 DIGEST/lib-a.txt",
                    "444 DIGEST/lib/a.txt", "444 DIGEST/lib/b.txt", "555 DIGEST/lib/größe", "444 DIGEST/lib/größe/ä.txt",
                    "777 DIGEST/lib/link", "555 DIGEST/main", "444 DIGEST/plugin.yaml",
                ])
            for file in PackageFixture.files {
                #expect(try String(contentsOfFile: "\(place)/\(file.name)", encoding: .utf8) == file.text)
            }
            #expect(package.manifest.id.rawValue == "sample" && package.description["version"] == "1.0.0")
            try await fixture.shelf.sweep { Set([package.digest]) }
            #expect(fixture.shelf.contains(package.digest))
            try await fixture.shelf.holding(package.digest) { () async throws(Problem) in
                try await fixture.shelf.sweep { Set() }
            }
            #expect(fixture.shelf.contains(package.digest))
            try await fixture.shelf.sweep { Set() }
            #expect(fixture.shelved == [])
        }
    }

    @Test func `a package with any byte changed is refused and leaves nothing behind`() async throws {
        try await PackageFixture.with { fixture in
            let key = SigningKey()
            let package = try fixture.pack(try fixture.folder())
            _ = try package.signed(by: key, to: fixture.path + "/sample.cloister")
            let policy = TrustPolicy(requiresSignatures: true, keys: [.init(name: "author", key: key.publicKey)])
            let bytes = try fixture.bytes()
            #expect(try policy.check(try fixture.open()).count == 1)
            let before = fixture.shelved
            let survivors = try await aside {
                var survivors: [String] = []
                for position in stride(from: 0, to: bytes.count, by: 11) {
                    var changed = bytes
                    changed[position] ^= 1 << UInt8(position % 8)
                    try fixture.write(changed, to: "changed.cloister")
                    let problem = refusal {
                        let package = try fixture.open("changed.cloister")
                        _ = try policy.check(package)
                        try fixture.shelf.put(package)
                    }
                    if problem?.code != .invalidInput { survivors.append("\(position): \(String(describing: problem))") }
                }
                return survivors
            }
            #expect(survivors == [])
            #expect(bytes.count > 8192)
            #expect(fixture.shelved == before)
        }
    }

    @Test func `a package that is cut off anywhere or has something behind it is refused`() async throws {
        try await PackageFixture.with { fixture in
            _ = try fixture.pack(try fixture.folder())
            let bytes = try fixture.bytes()
            let survivors = try await aside {
                try stride(from: 0, to: bytes.count, by: 256).filter { length in
                    try fixture.write(Array(bytes[..<length]), to: "cut.cloister")
                    return refusal { _ = try fixture.open("cut.cloister") }?.code != .invalidInput
                }
            }
            #expect(survivors == [])
            for tail in [[0], [UInt8](repeating: 0, count: 512), Array(bytes[..<512])] {
                try fixture.write(bytes + tail, to: "long.cloister")
                #expect(refusal { _ = try fixture.open("long.cloister") }?.code == .invalidInput)
            }
        }
    }

    static let hostile: [(String, String)] = [
        (#"add("../escape", b"x")"#, "not a plain path"), (#"add("/etc/escape", b"x")"#, "not a path below"),
        (#"add("a/../../escape", b"x")"#, "not a plain path"), (#"add("./a", b"x")"#, "not a plain path"),
        (#"add("a//b", b"x")"#, "not a plain path"), (#"add("no/folder", b"x")"#, "does not lie in a folder"),
        (#"add("plugin.yaml", b"x")"#, "is there twice"),
        (#"add("out", type=tarfile.SYMTYPE, linkname="../out")"#, "leaves the package"),
        (#"add("out", type=tarfile.SYMTYPE, linkname="/etc/passwd")"#, "leaves the package"),
        (#"add("in", type=tarfile.DIRTYPE); add("in/out", type=tarfile.SYMTYPE, linkname="x/../../..")"#, "leaves the package"),
        (#"add("in", type=tarfile.SYMTYPE, linkname="."); add("in/file", b"x")"#, "does not lie in a folder"),
        (#"add("hard", type=tarfile.LNKTYPE, linkname="plugin.yaml")"#, "is a hard link"),
        (#"add("hard", type=tarfile.LNKTYPE, linkname="/etc/passwd")"#, "is a hard link"),
        (#"add("null", type=tarfile.CHRTYPE, devmajor=1, devminor=3)"#, "is a device"),
        (#"add("disk", type=tarfile.BLKTYPE, devmajor=8)"#, "is a device"),
        (#"add("pipe", type=tarfile.FIFOTYPE)"#, "is a FIFO"),
        (#"add("root", b"x", mode=0o4755)"#, "set-user"), (#"add("group", b"x", mode=0o2755)"#, "set-user"),
        (#"add("sticky", type=tarfile.DIRTYPE, mode=0o1777)"#, "set-user"),
        (#"add("a\nb", b"x")"#, "control character"), (#"add("n" * 300, b"x")"#, "a name longer"),
        (#"add("/".join(["d"] * 40), b"x")"#, "deeper than 32"), (#"add("d/" * 600 + "f", b"x")"#, "longer than 1024"),
        (#"add("zeros", b"\0" * (40 << 20))"#, "times its size"),
        (#"[add(f"f{n}") for n in range(50001)]"#, "more than 50000"),
        (#"tar.close(); open(sys.argv[1], "r+b").truncate(60)"#, "cannot be read"),
        (#"import gzip; tar.close(); data = open(sys.argv[1], "rb").read(); gzip.open(sys.argv[1], "wb").write(data)"#, "no tar within gzip"),
        (#"tar.close(); open(sys.argv[1], "wb").write(b"not a tar")"#, "cannot be read"),
    ]

    @Test(arguments: hostile) func `a layer with a hostile entry is refused by its name and leaves nothing behind`(
        lines: String, reason: String
    ) async throws {
        try await PackageFixture.with { fixture in
            _ = try await aside { try fixture.package(layer: lines, to: "hostile.cloister") }
            let before = try FileManager.default.subpathsOfDirectory(atPath: fixture.path)
            let problem = try await aside { refusal { try fixture.shelf.put(try fixture.open("hostile.cloister")) } }
            #expect(problem?.code == .invalidInput)
            #expect(problem?.message.contains(reason) == true, "\(String(describing: problem))")
            #expect(try FileManager.default.subpathsOfDirectory(atPath: fixture.path) == before)
        }
    }

    @Test func `unpacking itself refuses what checking refuses, should one be skipped`() async throws {
        try await PackageFixture.with { fixture in
            // What `LayerRules` would not let through is handed to the disk directly.
            let outside = LayerEntry(path: "../escape", kind: .file, mode: 0o644, size: 0)
            let through = LayerEntry(path: "link/escape", kind: .file, mode: 0o644, size: 0)
            let link = LayerEntry(path: "link", kind: .link(target: ".."), mode: 0o777, size: 0)
            let absolute = LayerEntry(path: fixture.path + "/escape", kind: .file, mode: 0o644, size: 0)
            let stage = fixture.path + "/stage"
            mkdir(stage, 0o755)
            for entries in [[outside], [link, through], [absolute]] {
                let problem = refusal {
                    try UnpackThread.run(in: stage) { () throws(Problem) in
                        var unpacking = try LayerUnpacking {}
                        for entry in entries {
                            try unpacking.begin(entry)
                            try unpacking.end()
                        }
                    }
                }
                #expect(problem?.message.hasPrefix("cannot unpack") == true)
                #expect(access(fixture.path + "/escape", F_OK) != 0)
            }
        }
    }

    @Test func `the limits hold to the byte`() async throws {
        try await PackageFixture.with { fixture in
            _ = try fixture.pack(try fixture.folder(), to: "sample.cloister")
            var limits = PackageLimits()
            // Seven files, four folders and a link.
            limits.entries = 11
            #expect(refusal { _ = try fixture.open(limits: limits) } == nil)
            limits.entries = 10
            #expect(refusal { _ = try fixture.open(limits: limits) }?.message.contains("more than 10") == true)
            limits = PackageLimits()
            let total = Int64(PackageFixture.files.reduce(0) { $0 + $1.text.utf8.count })
            limits.unpacked = ByteSize(bytes: total)
            #expect(refusal { _ = try fixture.open(limits: limits) } == nil)
            limits.unpacked = ByteSize(bytes: total - 1)
            #expect(refusal { _ = try fixture.open(limits: limits) }?.message.contains("unpacks to more") == true)
            limits = PackageLimits()
            limits.file = ByteSize(bytes: Int64(try fixture.bytes().count - 1))
            #expect(refusal { _ = try fixture.open(limits: limits) }?.message.contains("larger than") == true)
        }
    }

    @Test func `a folder with a private key, without its command, or without a manifest is not packed`() async throws {
        try await PackageFixture.with { fixture in
            let folder = try fixture.folder()
            try SigningKey().write(to: folder + "/author.key")
            #expect(refusal { _ = try fixture.pack(folder) }?.message.contains("a private key") == true)
            unlink(folder + "/author.key")
            unlink(folder + "/main")
            unlink(folder + "/lib/link")
            #expect(refusal { _ = try fixture.pack(folder) }?.message.contains("command[0]: not in the package: main") == true)
            unlink(folder + "/plugin.yaml")
            #expect(refusal { _ = try fixture.pack(folder) }?.code == .notFound)
            #expect(access(fixture.path + "/sample.cloister", F_OK) != 0)
        }
    }

    @Test func `the description must be that of the plugin inside`() async throws {
        try await PackageFixture.with { fixture in
            let other = PluginFixture.manifest.replacing("A sample", with: "Something else")
            _ = try fixture.package(
                layer: #"add("other", b"x")"#, manifest: other, to: "right.cloister")
            #expect(refusal { _ = try fixture.open("right.cloister") } == nil)
            // The same layer under the description of another.
            let source = try PackageSource(file: fixture.path + "/layer.tar.gz")
            let description = try YAMLNode.load(text: PluginFixture.manifest, named: "plugin.yaml").value.bytes
            let image = PackageImage(
                title: "sample", version: "1.0.0",
                configuration: ContentDescriptor(PackageFormat.configurationType, of: description),
                layer: ContentDescriptor(
                    PackageFormat.layerType, digest: try source.digest(of: 0..<source.size), size: source.size))
            try PackageWriter.write(
                image, configuration: description, layer: source, 0..<source.size, to: fixture.path + "/wrong.cloister")
            #expect(refusal { _ = try fixture.open("wrong.cloister") }?.message.contains("differ") == true)
        }
    }

    @Test func `other tools read the package: tar lists it and skopeo copies it with its digest`() async throws {
        try await PackageFixture.with { fixture in
            let package = try fixture.pack(try fixture.folder())
            let file = fixture.path + "/sample.cloister"
            #expect(try run("/usr/bin/tar", ["-tf", file]).hasPrefix("oci-layout\nindex.json\nblobs/sha256/"))
            let copy = fixture.path + "/copy"
            // It gives what it unpacks to the archive's owner, and takes nobody's word but root's for that.
            let skopeo = ["--user", "--map-root-user", "/usr/bin/skopeo", "--insecure-policy"]
            try run("/usr/bin/unshare", skopeo + ["copy", "oci-archive:\(file):1.0.0", "oci:\(copy):1.0.0"])
            let manifest = try run("/usr/bin/unshare", skopeo + ["inspect", "--raw", "oci:\(copy):1.0.0"])
            #expect(BlobDigest.of(Array(manifest.utf8)) == package.digest)
        }
    }
}
