import CLinux
package import Model

extension LaunchPlan {
    /// The plan in the launcher's format, for a child of the process `parent`; the format is CLinuxLaunch.h.
    ///
    /// Refuses texts with a zero byte, an empty filter and a plan over 1 MiB.
    package func encoded(parent: UInt32) throws(Problem) -> [UInt8] {
        guard !filter.program.isEmpty else { throw Problem(.internalFault, "launch plan without a system call filter") }
        var writer = Writer()
        writer.record(LAUNCH_SETTINGS) { $0.append(settings(parent: parent)) }
        try writer.text(LAUNCH_STAGE, stage)
        try writer.text(LAUNCH_HOSTNAME, hostname)
        for mount in mounts { try writer.mount(mount) }
        for limit in limits {
            writer.record(LAUNCH_LIMIT) {
                $0.append(launch_limit(resource: limit.resource, reserved: 0, soft: limit.soft, hard: limit.hard))
            }
        }
        if let landlock {
            writer.record(LAUNCH_LANDLOCK) {
                $0.append(
                    launch_landlock(
                        files: landlock.files, network: landlock.network, scopes: landlock.scopes,
                        size: landlock.attributeSize))
            }
            for rule in landlock.rules {
                try writer.text(LAUNCH_RULE, rule.path) { $0.append(launch_rule(access: rule.access)) }
            }
            for rule in landlock.ports {
                writer.record(LAUNCH_PORT_RULE) {
                    $0.append(launch_port_rule(access: rule.access, port: UInt64(rule.port)))
                }
            }
        }
        if let egressPort {
            writer.record(LAUNCH_LISTENER) { $0.append(launch_listener(port: UInt32(egressPort), backlog: 128)) }
        }
        writer.record(LAUNCH_FILTER) { $0.bytes += filter.program }
        if let program = filter.childProgram { writer.record(LAUNCH_CHILD_FILTER) { $0.bytes += program } }
        try writer.text(LAUNCH_DIRECTORY, directory)
        try writer.text(LAUNCH_PROGRAM, program)
        for argument in arguments { try writer.text(LAUNCH_ARGUMENT, argument) }
        for variable in environment { try writer.text(LAUNCH_VARIABLE, variable) }
        return try writer.finish()
    }

    private func settings(parent: UInt32) -> launch_settings {
        var flags: UInt32 = 0
        func set(_ flag: launch_settings_flag, _ on: Bool) { if on { flags |= flag.rawValue } }
        var outer: (UInt32, UInt32) = (0, 0)
        switch identity.mapping {
        case .single: break
        case .direct(let user, let group):
            outer = (user, group)
            set(LAUNCH_TWO_IDS, true)
        case .tools(let user, let group):
            outer = (user, group)
            set(LAUNCH_TWO_IDS, true)
            set(LAUNCH_MAP_TOOLS, true)
        }
        set(LAUNCH_DROP_GROUPS, dropsGroups)
        set(LAUNCH_LOOPBACK, raisesLoopback)
        set(LAUNCH_WRITE_XOR_EXECUTE, refusesWritableCode)
        set(LAUNCH_NOTIFY, filter.hasNotify)
        return launch_settings(
            flags: flags, parent: parent, inner_uid: identity.innerUser, inner_gid: identity.innerGroup,
            outer_uid: outer.0, outer_gid: outer.1, argument_count: UInt32(arguments.count),
            variable_count: UInt32(environment.count))
    }
}

extension LaunchPlan {
    fileprivate struct Writer {
        var bytes: [UInt8] = []

        init() { append(launch_header(magic: LAUNCH_MAGIC, size: 0)) }

        mutating func append<Value: BitwiseCopyable>(_ value: Value) {
            withUnsafeBytes(of: value) { bytes += $0 }
        }

        mutating func record(_ kind: launch_record_kind, _ body: (inout Writer) -> Void) {
            let start = bytes.count
            append(launch_record(kind: kind.rawValue, length: 0))
            body(&self)
            close(start, kind)
        }

        mutating func text(
            _ kind: launch_record_kind, _ text: String, after body: (inout Writer) -> Void = { _ in }
        ) throws(Problem) {
            let start = bytes.count
            append(launch_record(kind: kind.rawValue, length: 0))
            body(&self)
            try string(text)
            close(start, kind)
        }

        mutating func string(_ text: String) throws(Problem) {
            guard !text.utf8.contains(0) else {
                throw Problem(.invalidInput, "text with a zero byte: \(text.debugDescription)")
            }
            bytes += text.utf8
            bytes.append(0)
        }

        mutating func mount(_ mount: Mount) throws(Problem) {
            switch mount {
            case .directory(let target, let mode):
                try make(LAUNCH_MAKE_DIRECTORY, source: "", target: target, mode: mode)
            case .link(let text, let target): try make(LAUNCH_MAKE_LINK, source: text, target: target)
            case .file(let target, let content): try make(LAUNCH_MAKE_FILE, source: content, target: target)
            case .bind(let source, let target, let writable, let executable, let refusingLinks):
                let flags =
                    (writable ? 0 : LAUNCH_READ_ONLY.rawValue) | (executable ? 0 : LAUNCH_NO_EXECUTE.rawValue)
                    | (refusingLinks ? LAUNCH_NO_LINKS.rawValue : 0)
                try make(LAUNCH_BIND, source: source, target: target, flags: flags)
            case .device(let source, let target): try make(LAUNCH_BIND_DEVICE, source: source, target: target)
            case .temporary(let target, let size, let inodes, let mode):
                try make(LAUNCH_TMPFS, source: "", target: target, mode: mode, size: size, inodes: inodes)
            case .processes(let target): try make(LAUNCH_PROC, source: "", target: target)
            case .own(let target): try text(LAUNCH_OWN, target)
            }
        }

        private mutating func make(
            _ kind: launch_mount_kind, source: String, target: String, flags: UInt32 = 0, mode: UInt32 = 0,
            size: Int64 = 0, inodes: Int64 = 0
        ) throws(Problem) {
            let start = bytes.count
            append(launch_record(kind: LAUNCH_MOUNT.rawValue, length: 0))
            append(
                launch_mount(
                    kind: kind.rawValue, flags: flags, size: UInt64(size), inodes: UInt64(inodes), mode: mode,
                    source_length: UInt32(source.utf8.count + 1)))
            try string(source)
            try string(target)
            close(start, LAUNCH_MOUNT)
        }

        /// Writes the length, which is known only now, and pads to eight bytes.
        private mutating func close(_ start: Int, _ kind: launch_record_kind) {
            let length = bytes.count - start - MemoryLayout<launch_record>.size
            overwrite(launch_record(kind: kind.rawValue, length: UInt32(length)), at: start)
            bytes += repeatElement(0, count: (8 - bytes.count % 8) % 8)
        }

        private mutating func overwrite<Value: BitwiseCopyable>(_ value: Value, at offset: Int) {
            withUnsafeBytes(of: value) { source in
                for (index, byte) in source.enumerated() { bytes[offset + index] = byte }
            }
        }

        consuming func finish() throws(Problem) -> [UInt8] {
            guard bytes.count <= LAUNCH_PLAN_LIMIT else {
                throw Problem(.invalidInput, "launch plan of \(bytes.count) bytes", hint: "shorten command and paths")
            }
            overwrite(launch_header(magic: LAUNCH_MAGIC, size: UInt32(bytes.count)), at: 0)
            return bytes
        }
    }
}
