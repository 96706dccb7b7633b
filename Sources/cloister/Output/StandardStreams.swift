import Glibc

enum StandardError {
    /// Writes the text at once, so that lines of several threads do not mix. A closed standard error is nobody's loss.
    @Sendable static func write(_ text: String) {
        _ = StreamWriter.write(text, to: STDERR_FILENO)
    }
}

enum StandardOutput {
    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Columns of the terminal; nil where the output goes elsewhere.
    static var width: Int? {
        var size = winsize()
        guard isTerminal, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }

    /// Writes the text. When the reader has gone, as `head` does, the process ends the way a pipeline expects: by SIGPIPE.
    /// (The network library ignores that signal, so it has to be raised here.)
    @Sendable static func write(_ text: String) {
        guard !StreamWriter.write(text, to: STDOUT_FILENO), errno == EPIPE else { return }
        signal(SIGPIPE, SIG_DFL)
        raise(SIGPIPE)
        exit(128 + SIGPIPE)
    }
}

enum StreamWriter {
    /// Writes all of the text; false with errno where that fails.
    static func write(_ text: String, to descriptor: Int32) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let written = Glibc.write(descriptor, rest.baseAddress, rest.count)
                if written < 0 {
                    // A terminal or pipe may have been left non-blocking by whoever else holds it.
                    if errno == EAGAIN {
                        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                        poll(&entry, 1, -1)
                    } else if errno != EINTR {
                        return false
                    }
                    continue
                }
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(written))
            }
            return true
        }
    }
}
