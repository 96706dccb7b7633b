import Glibc
import Model

/// An open folder of the control group file system. Its files are read and written through it, so that a folder that was
/// removed and made again under the same name is not mistaken for it.
struct ControlGroupFolder: ~Copyable, Sendable {
    let path: String
    let descriptor: Descriptor

    /// Throws `internalFault` where it cannot be opened.
    init(_ path: String) throws(Problem) {
        let number = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else { throw Problem(systemCall: "opening \(path)") }
        self.path = path
        descriptor = Descriptor(owning: number)
    }

    /// The content of a file; nil where there is none, which for a file of a controller means that it is not enabled.
    func read(_ name: String) -> String? {
        let file = openat(descriptor.number, name, O_RDONLY | O_CLOEXEC)
        return file < 0 ? nil : Self.text(of: Descriptor(owning: file))
    }

    /// Writes all of `value` at once, as the kernel's files need it. 0 or an errno.
    func write(_ name: String, _ value: String) -> Int32 {
        let number = openat(descriptor.number, name, O_WRONLY | O_TRUNC | O_CLOEXEC)
        guard number >= 0 else { return errno }
        let file = Descriptor(owning: number)
        var value = value
        return value.withUTF8 { bytes in
            let count = Glibc.write(file.number, bytes.baseAddress, bytes.count)
            return count == bytes.count ? 0 : count < 0 ? errno : EIO
        }
    }

    func has(_ name: String) -> Bool { faccessat(descriptor.number, name, F_OK, 0) == 0 }

    /// Words of a file such as cgroup.controllers.
    func words(_ name: String) -> Set<String> {
        Set((read(name) ?? "").split(whereSeparator: \.isWhitespace).map(String.init))
    }

    /// The value behind a key in a file of `key value` lines, such as cpu.stat or memory.events.
    func value(of key: String, in name: String) -> Int64? {
        guard let text = read(name) else { return nil }
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count == 2, words[0] == key { return Int64(words[1]) }
        }
        return nil
    }

    func integer(_ name: String) -> Int64? {
        read(name).flatMap { Int64($0.prefix { $0 != "\n" }) }
    }

    /// The folders directly below, the groups that is.
    static func children(of path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            guard entry.pointee.d_type == UInt8(DT_DIR) else { continue }
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// The content of a file outside of any folder; nil where it cannot be read.
    static func text(of path: String) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        return file < 0 ? nil : text(of: Descriptor(owning: file))
    }

    private static func text(of file: consuming Descriptor) -> String? {
        var bytes: [UInt8] = []
        while true {
            let size = bytes.count
            let step = 4096
            let count = Array<UInt8>(unsafeUninitializedCapacity: step) { buffer, count in
                count = max(0, Glibc.read(file.number, buffer.baseAddress, step))
            }
            bytes += count
            if bytes.count == size { return String(decoding: bytes, as: UTF8.self) }
        }
    }
}
