import Glibc

/// The machine that a figure was measured on, in one line.
enum Machine {
    static var description: String {
        var name = utsname()
        uname(&name)
        let release = withUnsafeBytes(of: name.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        let cores = sysconf(Int32(_SC_NPROCESSORS_ONLN))
        let memory = Int64(sysconf(Int32(_SC_PHYS_PAGES))) * Int64(sysconf(Int32(_SC_PAGESIZE)))
        return "\(processor), \(cores) cores, \((memory + (1 << 29)) >> 30) GiB, Linux \(release)"
    }

    private static var processor: String {
        guard let file = fopen("/proc/cpuinfo", "re") else { return "unknown processor" }
        defer { fclose(file) }
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        while getline(&line, &capacity, file) > 0, let text = line.map({ String(cString: $0) }) {
            guard text.hasPrefix("model name"), let colon = text.firstIndex(of: ":") else { continue }
            return text[text.index(after: colon)...].split(whereSeparator: \.isWhitespace).joined(separator: " ")
        }
        return "unknown processor"
    }
}
