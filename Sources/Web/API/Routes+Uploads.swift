import HTTPTypes
import HummingbirdCore
import Model
import NIOCore
import Tenancy

/// Documents that come in more than one request, after draft-ietf-httpbis-resumable-upload-10 but for how they begin.
extension Routes {
    private static let read = Access(.documentsRead, of: .tenant)
    private static let write = Access(.documentsWrite, of: .tenant)

    static let uploads: [Route] = [
        .operation(
            .get, "/api/uploads", "upload/list", "Uploads that are not finished, and those that were lately; the newest first.", read,
            reply: .json(.object([.required("uploads", .array(of: .upload))])), errors: [.notFound]),
        Route(
            .post, "/api/uploads", "upload/create", "Starts a document that may take more than one request.", .key(write),
            body: .json(InputSchema(.newUpload)), reply: .json(.upload, .created), errors: [.quotaExceeded, .notFound],
            example: ["name": "scan.pdf", "size": 734_003_200, "mediaType": "application/pdf"]
        ) { exchange in
            let size = exchange.members["size"]?.integer ?? 0
            guard size <= exchange.limits.upload.bytes else {
                throw Refusal(.contentTooLarge, "contentTooLarge", "the document is larger than \(exchange.limits.upload)")
            }
            let upload = try await exchange.value("upload/create", try exchange.everything(tenant: true))
            return answer(upload, .created, exchange)
        },
        Route(
            .get, "/api/uploads/{upload}", "upload/show", "Where an upload stands.", .key(read), parameters: [.upload],
            reply: .json(.upload), errors: [.notFound]
        ) { exchange in
            answer(try await exchange.value("upload/show", try exchange.everything(tenant: true)), .ok, exchange)
        },
        Route(
            .patch, "/api/uploads/{upload}", "upload/append", "Sends a part of an upload; the last one makes it a document.",
            .key(write),
            parameters: [
                .upload, .header("Upload-Offset", .integer(in: 0...Int64.max), "Where the part begins: the upload's offset"),
                .header("Upload-Complete", .choice(["?0", "?1"]), "`?1` with the last part"),
            ],
            body: .bytes("application/partial-upload"),
            reply: Route.Reply(
                status: .noContent, content: .nothing,
                others: [
                    (.created, "It was the last part: the answer is the document"),
                    (.conflict, "The upload stands at another offset"), (.badRequest, "It ends elsewhere, or is finished"),
                ]), errors: [.notFound, .pluginFailed]
        ) { exchange in try await append(exchange) },
        Route(
            .post, "/api/uploads/{upload}/finish", "upload/finish",
            "Makes a document of an upload that is all there; a second time it is the same one.", .key(write),
            parameters: [.upload], reply: .json(.document, .created), errors: [.notFound, .pluginFailed]
        ) { exchange in try await finish(exchange) },
        .operation(
            .delete, "/api/uploads/{upload}", "upload/cancel", "Ends an upload; the document of one that is finished stays.", write,
            parameters: [.upload], reply: .nothing, errors: [.notFound]),
    ]

    private static func append(_ exchange: Exchange) async throws -> Answer {
        let id = try UploadID(exchange.text("upload") ?? "")
        let offset = exchange.parameters["Upload-Offset"]?.integer ?? 0
        let isLast = exchange.text("Upload-Complete") == "?1"
        let tenant = try exchange.tenant()
        let opening = try await exchange.told("upload/append", of: tenant) { () throws(Problem) in
            try await exchange.port.openUpload(id, at: offset, length: exchange.length, isLast: isLast, tenant: tenant)
        }
        guard case .ready(let part) = opening else { throw refusal(opening, id, at: offset) }
        do {
            try await exchange.pass { bytes in try await part.append(bytes) }
        } catch {
            // What came before is kept: the client goes on from there.
            _ = try? await part.close()
            throw error
        }
        let reached = try await part.close()
        if isLast { return try await finish(exchange) }
        var answer = Answer.nothing
        answer.headers[.uploadOffset] = String(reached)
        answer.headers[.uploadComplete] = "?0"
        answer.headers[.uploadLimit] = limit(exchange)
        return answer
    }

    private static func refusal(_ opening: UploadOpening, _ id: UploadID, at offset: Int64) -> Refusal {
        switch opening {
        case .ready: preconditionFailure("an upload that is open is no refusal")
        case .elsewhere(let expected):
            var refusal = Refusal(.conflict, "conflict", "upload \(id) is at offset \(expected)", hint: "go on there")
            refusal.registeredType = "mismatching-upload-offset"
            refusal.offsets = (expected, offset)
            refusal.headers[.uploadOffset] = String(expected)
            refusal.headers[.uploadComplete] = "?0"
            return refusal
        case .finished:
            var refusal = Refusal(.badRequest, "conflict", "upload \(id) is finished", hint: "GET it: it names its document")
            refusal.registeredType = "completed-upload"
            refusal.headers[.uploadComplete] = "?1"
            return refusal
        case .otherSize(let size):
            var refusal = Refusal(
                .badRequest, "invalidInput", "upload \(id) ends at \(size) bytes, the request elsewhere",
                hint: "send Upload-Complete: ?1 with the part that ends there, ?0 with those before")
            refusal.registeredType = "inconsistent-upload-length"
            return refusal
        }
    }

    private static func finish(_ exchange: Exchange) async throws -> Answer {
        let members: [String: JSONValue] = [
            "tenant": .string(try exchange.tenant().rawValue), "upload": .string(exchange.text("upload") ?? ""),
        ]
        let document = try await exchange.value("upload/finish", members)
        var answer = Answer.json(document, .created)
        answer.headers[.location] = "/api/documents/\(document["document"]?.string ?? "")"
        answer.headers[.uploadComplete] = "?1"
        return answer
    }

    private static func answer(_ upload: JSONValue, _ status: HTTPResponse.Status, _ exchange: Exchange) -> Answer {
        var answer = Answer.json(upload, status)
        if status == .created { answer.headers[.location] = "/api/uploads/\(upload["upload"]?.string ?? "")" }
        answer.headers[.uploadOffset] = upload["offset"]?.integer.map { String($0) }
        answer.headers[.uploadLength] = upload["size"]?.integer.map { String($0) }
        answer.headers[.uploadComplete] = upload["document"]?.isNull == false ? "?1" : "?0"
        answer.headers[.uploadLimit] = limit(exchange)
        return answer
    }

    private static func limit(_ exchange: Exchange) -> String {
        "max-size=\(exchange.limits.upload.bytes), max-append-size=\(exchange.limits.upload.bytes), max-age=86400"
    }
}
