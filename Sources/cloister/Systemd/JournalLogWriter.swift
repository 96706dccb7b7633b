import CSystemd
import Glibc
import Logging
import Model

/// Writes records to the journal with their metadata as fields of their own (sd_journal_sendv(3)), so that
/// `journalctl CLOISTER_TENANT=acme` finds what belongs to a tenant.
///
/// Fields travel with their lengths: a line break in a value stays inside the value.
struct JournalLogWriter: LogWriter {
    func write(_ entry: LogEntry) {
        let fields = Self.fields(of: entry).map { Array($0.utf8) }
        guard Self.send(fields) < 0 else { return }
        // The journal is gone or refuses the record; better in the wrong place than nowhere.
        TextLogWriter().write(entry)
    }

    /// The record as the journal wants it, each `NAME=value`.
    static func fields(of entry: LogEntry) -> [String] {
        var fields = [
            "MESSAGE=\(entry.message)", "PRIORITY=\(entry.level.priority)", "SYSLOG_IDENTIFIER=cloister",
            "CLOISTER_LOGGER=\(entry.label)",
        ]
        for (key, value) in entry.fields {
            guard let name = name(for: key) else { continue }
            fields.append("\(name)=\(value.string ?? value.compactText)")
        }
        return fields
    }

    /// `tenant` becomes `CLOISTER_TENANT`, `lastExit` `CLOISTER_LAST_EXIT`. The journal drops a record's field whose name has other
    /// characters than A-Z, 0-9 and _ or more than 64 of them (systemd.journal-fields(7)), so such characters become _ and
    /// the name is cut.
    static func name(for key: String) -> String? {
        var name = "CLOISTER_"
        var previous: Unicode.Scalar?
        for scalar in key.unicodeScalars {
            switch scalar {
            case "A"..."Z":
                if let previous, ("a"..."z").contains(previous) { name += "_" }
                name.unicodeScalars.append(scalar)
            case "a"..."z": name += String(scalar).uppercased()
            case "0"..."9": name.unicodeScalars.append(scalar)
            default: name += "_"
            }
            previous = scalar
        }
        return key.isEmpty ? nil : String(name.prefix(64))
    }

    private static func send(_ fields: [[UInt8]]) -> Int32 {
        let bytes = fields.flatMap { $0 }
        return bytes.withUnsafeBytes { all in
            var vectors: [iovec] = []
            var offset = 0
            for field in fields {
                // The journal only reads; iovec has no type for that.
                let start = UnsafeMutableRawPointer(mutating: all.baseAddress! + offset)
                vectors.append(iovec(iov_base: start, iov_len: field.count))
                offset += field.count
            }
            return sd_journal_sendv(vectors, Int32(vectors.count))
        }
    }
}

extension Logger.Level {
    /// As syslog(3) counts: 7 debug to 2 critical.
    var priority: Int {
        switch self {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }
}
