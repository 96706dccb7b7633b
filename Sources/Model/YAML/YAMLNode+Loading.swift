import Glibc
import Yams

extension YAMLNode {
    package static let maximumSize = ByteSize.mebibytes(1)
    package static let maximumDepth = 64

    /// Reads one document from a file. `name` is what messages call the file; its path when nil.
    ///
    /// Throws `notFound` for a path where nothing is, else `invalidConfiguration` with place and reason. Only a regular
    /// file is read, so that a FIFO or a device under that name cannot stop or flood the reader.
    package static func load(file path: String, named name: String? = nil) throws(Problem) -> YAMLNode {
        let name = name ?? path
        func unreadable(_ reason: String, _ code: Problem.Code = .invalidConfiguration) -> Problem {
            Problem(code, "cannot read \(name)", cause: reason)
        }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            let code: Problem.Code = errno == ENOENT || errno == ENOTDIR ? .notFound : .invalidConfiguration
            throw unreadable(String(cString: strerror(errno)), code)
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw unreadable(String(cString: strerror(errno))) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw unreadable("not a regular file") }

        var bytes = [UInt8](repeating: 0, count: Int(maximumSize.bytes) + 1)
        var count = 0
        while count < bytes.count {
            let got = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress! + count, $0.count - count) }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw unreadable(String(cString: strerror(errno))) }
            if got == 0 { break }
            count += got
        }
        guard let text = String(validating: bytes[..<count], as: UTF8.self) else {
            throw unreadable("not UTF-8 text")
        }
        return try load(text: text, named: name)
    }

    /// Reads one document from text at hand.
    package static func load(text: String, named name: String) throws(Problem) -> YAMLNode {
        guard text.utf8.count <= Int(maximumSize.bytes) else {
            throw Problem(.invalidConfiguration, "\(name): larger than \(maximumSize)")
        }
        let text = text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
        let source = YAMLSource(file: name, text: text)
        return try DeepStack.run { () throws(Problem) in
            try source.refuseIndirection()
            guard let root = try source.compose() else {
                throw Problem(.invalidConfiguration, "\(name): empty document")
            }
            return try YAMLNode(root, in: name, path: nil, depth: 0)
        }
    }

    private init(_ node: Node, in file: String, path: YAMLPath?, depth: Int) throws(Problem) {
        let mark = node.mark
        let place = YAMLPlace(file: file, line: mark?.line ?? 1, column: mark?.column ?? 1)
        guard depth < Self.maximumDepth else {
            throw Problem(.invalidConfiguration, "\(place): nested more than \(Self.maximumDepth) levels deep")
        }
        func refuse(_ reason: String, hint: String) -> Problem {
            Problem(.invalidConfiguration, "\(place): \(path.map { "\($0.text): " } ?? "")\(reason)", hint: hint)
        }
        func checkTag(_ tag: Tag, _ allowed: Tag.Name) throws(Problem) {
            let name = tag.rawValue
            guard
                name == Tag.Name.implicit.rawValue || name == allowed.rawValue || name == Tag.Name.nonSpecific.rawValue
            else {
                throw refuse("tags are not supported: \(name.prefix(60))", hint: "drop the part that starts with !")
            }
        }

        switch node {
        case .scalar(let scalar):
            try checkTag(scalar.tag, .str)
            let isPlain = scalar.style == .plain && scalar.tag.rawValue == Tag.Name.implicit.rawValue
            content = .scalar(isPlain ? YAMLScalar(plain: scalar.string) : .string(scalar.string))
        case .sequence(let sequence):
            try checkTag(sequence.tag, .seq)
            var elements: [YAMLNode] = []
            for (index, element) in sequence.enumerated() {
                elements.append(
                    try YAMLNode(element, in: file, path: YAMLPath(path, .index(index)), depth: depth + 1))
            }
            content = .sequence(elements)
        case .mapping(let mapping):
            try checkTag(mapping.tag, .map)
            var members: [YAMLMember] = []
            for (key, value) in mapping {
                guard case .scalar(let scalar) = key else {
                    throw refuse("a key that is not a word", hint: "put it in quotes")
                }
                let keyPlace = YAMLPlace(file: file, line: scalar.mark?.line ?? 1, column: scalar.mark?.column ?? 1)
                let below = YAMLPath(path, .key(scalar.string))
                members.append(
                    YAMLMember(
                        key: scalar.string, place: keyPlace,
                        value: try YAMLNode(value, in: file, path: below, depth: depth + 1)))
            }
            content = .mapping(members)
        case .alias:
            throw refuse("aliases are not supported", hint: "write the value out")
        }
        self.place = place
        self.pathLink = path
    }
}
