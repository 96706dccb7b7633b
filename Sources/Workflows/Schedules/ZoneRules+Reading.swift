import Glibc
import Model

extension ZoneRules {
    private static let folder = "/usr/share/zoneinfo"
    private static let sizeLimit = 1 << 18

    /// The rules of a name of the IANA time zone database, as this machine has it. Throws `invalidInput` for any other name.
    init(named name: String) throws(Problem) {
        guard name != "UTC" else {
            self = .utc
            return
        }
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        let isName = name.utf8.count <= 64 && parts.allSatisfy { part in
            part.first?.isLetter == true && part.utf8.allSatisfy { byte in
                UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20 || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
                    || [UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "+")].contains(byte)
            }
        }
        guard isName, let bytes = Self.bytes(of: Self.folder + "/" + name), let rules = ZoneRules(file: bytes) else {
            guard access(Self.folder, R_OK) == 0 else {
                throw Problem(.invalidInput, "time zone not found: this machine has none but UTC", hint: "apt install tzdata")
            }
            throw Problem(
                .invalidInput, "time zone not found: \(name.prefix(64).debugDescription)",
                hint: "a name of the IANA time zone database such as Europe/Berlin, or UTC")
        }
        self = rules
    }

    static func bytes(of path: String) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 14)
        while true {
            let count = read(file, &part, part.count)
            if count == 0 { return bytes }
            guard count > 0, bytes.count + count <= sizeLimit else { return nil }
            bytes += part[..<count]
        }
    }

    /// A file of RFC 9636, of version 2 or later; nil for anything else.
    init?(file bytes: [UInt8]) {
        guard let old = Header(bytes, at: 0), old.version >= UInt8(ascii: "2"),
            let header = Header(bytes, at: Header.size + old.dataSize(4))
        else { return nil }
        let times = header.start + Header.size
        let indices = times + header.times * 8
        let types = indices + header.times
        let tail = header.start + Header.size + header.dataSize(8)
        guard header.types > 0, tail <= bytes.count else { return nil }
        func offset(_ type: Int) -> Int? {
            type < header.types ? Int(Int32(truncatingIfNeeded: Self.number(bytes, types + type * 6, 4))) : nil
        }
        var transitions: [Transition] = []
        for index in 0..<header.times {
            guard let offset = offset(Int(bytes[indices + index])) else { return nil }
            let at = Self.number(bytes, times + index * 8, 8)
            if let last = transitions.last, last.at >= at { return nil }
            // Nobody looks beyond these, and nothing overflows with them.
            transitions.append(Transition(at: min(max(at, -1 << 40 + index), 1 << 40), offset: offset))
        }
        let footer = String(decoding: bytes[tail...], as: UTF8.self).split(separator: "\n").first
        let rule = footer.flatMap { ZoneTail($0) }
        guard footer == nil || rule != nil, let first = offset(0) else { return nil }
        self.init(first: first, transitions: transitions, tail: rule)
    }

    private struct Header {
        static let size = 44
        let start: Int
        let version: UInt8
        let times: Int
        let types: Int
        /// Flags of UTC and of standard time, leap seconds, and the letters of names.
        private let rest: [Int]

        init?(_ bytes: [UInt8], at start: Int) {
            guard start + Self.size <= bytes.count, bytes[start..<start + 4].elementsEqual("TZif".utf8) else { return nil }
            let counts = (0..<6).map { ZoneRules.number(bytes, start + 20 + $0 * 4, 4) }
            guard counts.allSatisfy({ (0...ZoneRules.sizeLimit).contains($0) }) else { return nil }
            self.start = start
            version = bytes[start + 4]
            (times, types) = (counts[3], counts[4])
            rest = [counts[0], counts[1], counts[2], counts[5]]
        }

        func dataSize(_ width: Int) -> Int { times * (width + 1) + types * 6 + rest[3] + rest[2] * (width + 4) + rest[1] + rest[0] }
    }

    /// Big-endian.
    private static func number(_ bytes: [UInt8], _ start: Int, _ width: Int) -> Int {
        Int(truncatingIfNeeded: bytes[start..<start + width].reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    }
}
