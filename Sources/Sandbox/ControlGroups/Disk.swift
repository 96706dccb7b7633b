import Glibc

/// The disk under a folder, as io.max wants it: a whole disk, not a partition (cgroup-v2.rst).
enum Disk {
    /// `8:0`; nil where the folder is missing or its file system has no disk of one number, as in memory, over a network
    /// or over several disks.
    static func number(under folder: String) -> String? {
        var status = stat()
        guard stat(folder, &status) == 0 else { return nil }
        // How glibc packs the two (makedev(3)), whose macros are not importable.
        let device = UInt64(status.st_dev)
        let major = device >> 8 & 0xFFF | device >> 32 & ~0xFFF
        let minor = device & 0xFF | device >> 12 & ~0xFF
        guard major != 0 else { return nil }
        let entry = "/sys/dev/block/\(major):\(minor)"
        guard access(entry, F_OK) == 0 else { return nil }
        guard access(entry + "/partition", F_OK) == 0 else { return "\(major):\(minor)" }
        return ControlGroupFolder.text(of: entry + "/../dev").map { String($0.prefix { $0 != "\n" }) }
    }
}
