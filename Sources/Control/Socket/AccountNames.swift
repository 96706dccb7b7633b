import Glibc

/// Names and numbers of users and groups, as the name service of the machine knows them. May wait for the network
/// where the machine asks a directory, so never call it on an event loop.
enum AccountNames {
    static func name(ofUser id: uid_t) -> String? {
        var entry = passwd()
        return lookUp { buffer, size, found in
            var result: UnsafeMutablePointer<passwd>?
            let status = getpwuid_r(id, &entry, buffer, size, &result)
            if let result { found = String(cString: result.pointee.pw_name) }
            return status
        }
    }

    static func name(ofGroup id: gid_t) -> String? {
        var entry = group()
        return lookUp { buffer, size, found in
            var result: UnsafeMutablePointer<group>?
            let status = getgrgid_r(id, &entry, buffer, size, &result)
            if let result { found = String(cString: result.pointee.gr_name) }
            return status
        }
    }

    static func identifier(ofGroup name: String) -> gid_t? {
        var entry = group()
        return lookUp { buffer, size, found in
            var result: UnsafeMutablePointer<group>?
            let status = getgrnam_r(name, &entry, buffer, size, &result)
            if let result { found = result.pointee.gr_gid }
            return status
        }
    }

    /// Repeats with more room while the entry does not fit: a group may have thousands of members.
    private static func lookUp<Value>(
        _ body: (UnsafeMutablePointer<CChar>, Int, inout Value?) -> Int32
    ) -> Value? {
        var size = 1024
        while size <= 1 << 22 {
            var found: Value?
            let status = withUnsafeTemporaryAllocation(of: CChar.self, capacity: size) { room -> Int32 in
                guard let base = room.baseAddress else { return ENOMEM }
                return body(base, size, &found)
            }
            if status != ERANGE { return status == 0 ? found : nil }
            size *= 4
        }
        return nil
    }
}
