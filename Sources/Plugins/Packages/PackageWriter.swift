import Glibc
import Model
import Store

/// Writes a package's file: whole under its name, or not at all.
enum PackageWriter {
    /// Writes the documents of `image`, its configuration and its layer to `path`, in place of what stood there.
    static func write(
        _ image: PackageImage, configuration: [UInt8], layer: PackageSource, _ range: Range<Int64>, to path: String
    ) throws(Problem) {
        var documents = image.documents
        documents[image.configuration.place] = configuration
        try replace(path) { (file) throws(Problem) in
            try put("oci-layout", PackageFormat.layout, file, path)
            try put("index.json", image.index, file, path)
            for place in (Array(documents.keys) + [image.layer.place]).sorted() {
                if let document = documents[place] {
                    try put(place, document, file, path)
                } else {
                    try file.write(LayoutTar.header(place, size: image.layer.size)[...], path)
                    try layer.forEachPart(of: range) { (part) throws(Problem) in try file.write(part, path) }
                    try file.write(LayoutTar.padding(after: image.layer.size)[...], path)
                }
            }
            try file.write(LayoutTar.end[...], path)
        }
    }

    private static func put(
        _ name: String, _ bytes: [UInt8], _ file: borrowing OpenFile, _ path: String
    ) throws(Problem) {
        try file.write(LayoutTar.header(name, size: Int64(bytes.count))[...], path)
        try file.write(bytes[...], path)
        try file.write(LayoutTar.padding(after: Int64(bytes.count))[...], path)
    }

    /// Gives `body` a new file beside `path`, flushes it and renames it.
    static func replace(
        _ path: String, mode: mode_t = 0o644, _ body: (borrowing OpenFile) throws(Problem) -> Void
    ) throws(Problem) {
        let temporary = "\(path).\(String(UInt64.random(in: .min ... .max), radix: 16))"
        guard let file = OpenFile(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: mode) else {
            throw unwritable(path)
        }
        do throws(Problem) {
            try body(file)
            guard fsync(file.number) == 0, rename(temporary, path) == 0 else { throw unwritable(path) }
        } catch {
            unlink(temporary)
            throw error
        }
    }

    private static func unwritable(_ path: String) -> Problem {
        let code: Problem.Code = errno == ENOENT ? .notFound : errno == ENOSPC ? .quotaExceeded : .permissionDenied
        return Problem(code, "cannot write \(path)", cause: String(cString: strerror(errno)))
    }
}
