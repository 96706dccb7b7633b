extension SandboxView {
    /// What a child may do with what it sees, for Landlock: the same as its mounts say, said again.
    package var landlockGrants: [LandlockRules.Grant] {
        // Listing everywhere: what is in a folder of the child's root is no secret to it.
        var grants = [LandlockRules.Grant("/", .list)]
        for case .folder(let name) in system.entries { grants.append(.init("/" + name, [.read, .execute])) }
        grants.append(.init("/plugin", [.read, .execute]))
        if sdkFolder != nil { grants.append(.init("/sdk", .read)) }
        grants.append(.init("/etc", .read))
        // The five devices are there to be read and written, never made.
        grants.append(.init("/dev", [.read, .overwrite]))
        if showsProcesses { grants.append(.init("/proc", .read)) }
        grants.append(.init("/tmp", [.read, .write]))
        if dataFolder != nil { grants.append(.init("/data", [.read, .write])) }
        if exchangeIn != nil { grants.append(.init("/exchange/in", .read)) }
        if exchangeOut != nil { grants.append(.init("/exchange/out", [.read, .write])) }
        // Files or folders: rights that both can have are enough, for listing is allowed already.
        for path in readOnly { grants.append(.init(path, [.read, .execute], isFolder: false)) }
        return grants
    }
}
