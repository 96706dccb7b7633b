import HTTPTypes
import HummingbirdCore
import Model
import NIOCore
import Tenancy

extension Routes {
    private static let read = Access(.documentsRead, of: .tenant)
    private static let write = Access(.documentsWrite, of: .tenant)

    /// Metadata come when plugins have looked at it.
    private static let editing = Editing.shown(by: "document/show", ["document"]) { $0.without("metadata") }

    static let documents: [Route] = [
        Route(
            .get, "/api/documents", "document/list", "The documents of a tenant, the newest first.", .key(read),
            parameters: Page.parameters, reply: .json(Page.schema("documents", of: .document)), errors: [.notFound]
        ) { exchange in
            let page = try Page(exchange)
            var members: [String: JSONValue] = [
                "tenant": .string(try exchange.tenant().rawValue), "limit": JSONValue(page.limit),
            ]
            if let after = page.after {
                guard let cursor = Int64(after) else { throw Page.foreignCursor }
                members["cursor"] = .integer(cursor)
            }
            let list = try await exchange.value("document/list", members)
            return page.answer(
                "documents", list["documents"]?.array ?? [], exchange, next: list["cursor"]?.integer.map { String($0) })
        },
        Route(
            .post, "/api/documents", "document/keep", "Receives the document that is the body, whatever its type.", .key(write),
            parameters: [.query("name", .string(length: 1...255), "Its file name", isRequired: true)],
            body: .bytes("*/*"), reply: .json(.document, .created), errors: [.quotaExceeded, .notFound, .pluginFailed]
        ) { exchange in
            let tenant = try exchange.tenant()
            let (handle, sha256) = try await exchange.receive(named: exchange.text("name") ?? "", for: tenant)
            try await exchange.once(sha256)
            let document = try await exchange.value("document/keep", ["handle": .string(handle)])
            var answer = Answer.json(document, .created)
            answer.headers[.location] = "/api/documents/\(document["document"]?.string ?? "")"
            return answer
        },
        .operation(
            .get, "/api/documents/{document}", "document/show", "What is known about a document.", read,
            parameters: [.document], reply: .json(.document), errors: [.notFound], editing: editing),
        Route(
            .get, "/api/documents/{document}/content", "document/read", "The document itself, or a part of it.", .key(read),
            parameters: [.document],
            reply: Route.Reply(
                status: .ok, content: .bytes,
                others: [
                    (.partialContent, "The part that Range asks for"), (.notModified, "It is what If-None-Match names"),
                    (.rangeNotSatisfiable, "There is no such part"),
                ]),
            errors: [.notFound]
        ) { exchange in try await content(exchange) },
        .operation(
            .delete, "/api/documents/{document}", "document/delete", "Deletes a document.", write, parameters: [.document],
            reply: .nothing, errors: [.notFound], editing: editing),
        .operation(
            .post, "/api/documents/{document}/process", "document/process",
            "Passes a document through the filters of its content and its metadata.", write, parameters: [.document],
            reply: .json(.processedDocument), errors: [.notFound, .pluginFailed, .deadlineExceeded]),
    ]

    private static func content(_ exchange: Exchange) async throws -> Answer {
        let id = try DocumentID(exchange.text("document") ?? "")
        let tenant = try exchange.tenant()
        let document = try await exchange.told("document/read", of: tenant) { () throws(Problem) in
            try await exchange.port.content(of: id, tenant: tenant)
        }
        let tag = "\"\(document.sha256)\""
        var headers = HTTPFields()
        headers[.eTag] = tag
        headers[.acceptRanges] = "bytes"
        headers[.cacheControl] = "private, no-cache"
        headers[.contentDisposition] = disposition(document.name)
        // A page in it must not run as one of the daemon's own.
        headers[.contentSecurityPolicy] = "default-src 'none'; sandbox"
        if let header = exchange.request.headers[.ifNoneMatch], EntityTag.admits(header, tag) {
            return Answer(status: .notModified, headers: headers)
        }
        let condition = exchange.request.headers[.ifRange]
        let range = ByteRange(condition == nil || condition == tag ? exchange.request.headers[.range] : nil, size: document.size)
        var answer = Answer(headers: headers)
        let part: Range<Int64>
        switch range {
        case .whole: part = 0..<document.size
        case .part(let asked):
            part = asked
            answer.status = .partialContent
            answer.headers[.contentRange] = "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(document.size)"
        case .unsatisfiable:
            var headers = HTTPFields()
            headers[.contentRange] = "bytes */\(document.size)"
            throw Refusal(
                .rangeNotSatisfiable, "rangeNotSatisfiable", "the document has \(document.size) bytes", headers: headers)
        }
        answer.content = .stream(type: document.mediaType, length: Int(part.count)) { writer in
            var offset = part.lowerBound
            while offset < part.upperBound {
                let bytes = try await document.read(offset, Int(min(1 << 18, part.upperBound - offset)))
                guard !bytes.isEmpty else { throw Problem(.internalFault, "the document is shorter than it was") }
                try await writer.write(ByteBuffer(bytes: bytes))
                offset += Int64(bytes.count)
            }
            try await writer.finish(nil)
        }
        return answer
    }

    /// As RFC 6266 and RFC 8187 write a name that may hold anything.
    private static func disposition(_ name: String) -> String {
        let plain = name.unicodeScalars.map { $0.isASCII && $0.value >= 0x20 && $0 != "\"" && $0 != "\\" && $0 != "%" ? Character($0) : "_" }
        let escaped = name.utf8.map { byte in
            let isPlain = (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 45 || byte == 46
            return isPlain ? String(Unicode.Scalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }.joined()
        return "attachment; filename=\"\(String(plain))\"; filename*=UTF-8''\(escaped)"
    }
}
