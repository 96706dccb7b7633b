package import NIOCore

/// Finds the end of a body as its bytes come, and writes it anew, so that what goes out has one reading only: chunks
/// without extensions, no trailers. A child that sends them is refused; what an origin sends of them is left out.
package struct BodyReader: Sendable {
    private enum State: Hashable, Sendable {
        case counted(Int64)
        case chunkSize
        case chunk(Int64)
        case chunkEnd
        /// Behind the last chunk: the empty line must follow.
        case lastLine
        case done
    }

    private var state: State
    private let isLenient: Bool
    private var trailers = 0
    private var lineLimit: Int { isLenient ? 4096 : 20 }
    private static let trailerLimit = 8 << 10

    package init(_ framing: BodyFraming, isLenient: Bool = false) {
        self.isLenient = isLenient
        switch framing {
        case .none, .length(0): state = .done
        case .length(let count): state = .counted(count)
        case .chunked: state = .chunkSize
        }
    }

    package var isDone: Bool { state == .done }

    /// Takes what belongs to the body off the front of `input` and appends it, framed anew, to `output`. What is left
    /// in `input` is either the start of a line that has not ended yet, or does not belong to the body.
    package mutating func read(_ input: inout ByteBuffer, into output: inout ByteBuffer) throws(Refusal) {
        while input.readableBytes > 0, state != .done {
            switch state {
            case .counted(let left):
                var part = input.readSlice(length: Int(min(left, Int64(input.readableBytes))))!
                let rest = left - Int64(part.readableBytes)
                output.writeBuffer(&part)
                state = rest == 0 ? .done : .counted(rest)
            case .chunkSize:
                guard var line = try nextLine(&input) else { return }
                if isLenient { line = MessageHead.trimmed(line.prefix { $0 != ";" }) }
                guard (1...15).contains(line.utf8.count), line.utf8.allSatisfy(Self.isHexadecimal),
                    let size = Int64(line, radix: 16)
                else {
                    throw Refusal(.badRequest, "not a chunk size: \(Refusal.quote(line))", hint: "hexadecimal digits alone, no extension")
                }
                state = size == 0 ? .lastLine : .chunk(size)
            case .chunk(let left):
                var part = input.readSlice(length: Int(min(left, Int64(input.readableBytes))))!
                let rest = left - Int64(part.readableBytes)
                output.writeString(String(part.readableBytes, radix: 16) + "\r\n")
                output.writeBuffer(&part)
                output.writeString("\r\n")
                state = rest == 0 ? .chunkEnd : .chunk(rest)
            case .chunkEnd:
                guard let line = try nextLine(&input) else { return }
                guard line.isEmpty else { throw Refusal(.badRequest, "a chunk that is longer than its size") }
                state = .chunkSize
            case .lastLine:
                guard let line = try nextLine(&input) else { return }
                trailers += line.utf8.count
                if isLenient, !line.isEmpty, trailers < Self.trailerLimit { continue }
                guard line.isEmpty else { throw Refusal(.badRequest, "fields behind the last chunk") }
                output.writeString("0\r\n\r\n")
                state = .done
            case .done: return
            }
        }
    }

    /// A line that ends with CR LF; nil while it has not ended.
    private func nextLine(_ input: inout ByteBuffer) throws(Refusal) -> String? {
        let view = input.readableBytesView
        guard let feed = view.firstIndex(of: 0x0A) else {
            guard view.count <= lineLimit else { throw Refusal(.badRequest, "a chunk's line without an end") }
            return nil
        }
        let line = view[..<feed]
        guard line.last == 0x0D, line.count <= lineLimit, !line.dropLast().contains(0x0D) else {
            throw Refusal(.badRequest, "a chunk's line that does not end with CR LF")
        }
        input.moveReaderIndex(forwardBy: line.count + 1)
        return String(decoding: line.dropLast(), as: UTF8.self)
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
    }
}
