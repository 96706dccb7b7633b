import Crypto
import FoundationEssentials
import HTTPTypes
import HummingbirdCore
import Model
import NIOCore
import Store
import Tenancy

extension Routes {
    private static let read = Access(.backupsRead, of: .tenant)
    private static let write = Access(.backupsWrite, of: .tenant)
    private static let operate = Access(.tenantsWrite, of: .daemon)
    private static let id = Parameter.path("id", .label(), "The tenant")

    static let backups: [Route] = [
        Route(
            .get, "/api/tenants/{id}/backups", "tenant/backups", "The backups of a tenant, by their marks.", .key(read),
            parameters: [id] + Page.parameters, reply: .json(Page.schema("backups", of: .backup)), errors: [.notFound]
        ) { exchange in
            let page = try Page(exchange)
            let list = try await exchange.value("tenant/backups", ["id": try own(exchange, read)])["backups"]?.array ?? []
            return page.answer("backups", list, exchange) { $0["backup"]?.string ?? "" }
        },
        Route(
            .post, "/api/tenants/{id}/backups", "tenant/backup",
            "Makes a backup of a tenant while it is in use, and verifies it. The oldest ones go.", .key(write),
            parameters: [id], reply: .json(.backup, .created), errors: [.notFound, .conflict, .retryLater]
        ) { exchange in .json(try await exchange.perform("tenant/backup", ["id": try own(exchange, write)]), .created) },
        Route(
            .post, "/api/tenants/{id}/restore", "tenant/restore",
            "Restores a backup into a new tenant, or in the place of what the tenant has, of which a backup is made first.",
            .key(operate), parameters: [id], body: .json(InputSchema(.restoreWish)), reply: .json(.restore),
            errors: [.notFound, .conflict, .retryLater], example: ["backup": "20261126-143501-123", "into": "acme-then"]
        ) { exchange in .json(try await exchange.perform("tenant/restore", try exchange.everything(tenant: false))) },
        Route(
            .post, "/api/tenants/{id}/export", "tenant/export",
            "A tenant as one file for another daemon, sealed with the key of the request.", .key(operate), parameters: [id],
            body: .json(InputSchema(.exportWish)), reply: Route.Reply(status: .ok, content: .bytes),
            errors: [.notFound, .conflict, .retryLater],
            example: ["key": .string(String(repeating: "0123456789abcdef", count: 4))], isConfidential: true
        ) { exchange in try await export(exchange) },
        Route(
            .post, "/api/imports", "tenant/import-begin", "Receives the export that is the body. It is kept for an hour.",
            .key(operate), body: .bytes("application/octet-stream"), reply: .json(.arrival, .created),
            errors: [.conflict, .quotaExceeded]
        ) { exchange in try await receive(exchange) },
        Route(
            .post, "/api/imports/{import}", "tenant/import", "Makes a new tenant of an export that was received.", .key(operate),
            parameters: [.path("import", .label(), "The export, as it was named when it was received")],
            body: .json(InputSchema(.importWish)), reply: .json(.tenant, .created),
            errors: [.notFound, .conflict, .quotaExceeded, .unsupported, .retryLater],
            example: ["id": "acme", "key": .string(String(repeating: "0123456789abcdef", count: 4))]
        ) { exchange in
            let bytes = try await exchange.perform("tenant/import", try exchange.everything(tenant: false))
            var answer = Answer.json(bytes, .created)
            answer.headers[.location] = "/api/tenants/\(exchange.members["id"]?.string ?? "")"
            return answer
        },
    ]

    /// The tenant of the path; one who is bound to another is told so, whether it exists or not.
    private static func own(_ exchange: Exchange, _ access: Access) throws(Problem) -> JSONValue {
        let id = exchange.text("id") ?? ""
        try exchange.requester.principal.check(access, on: TenantID(rawValue: id))
        return .string(id)
    }

    private static func export(_ exchange: Exchange) async throws -> Answer {
        let id = try TenantID(exchange.text("id") ?? "")
        let backup = try exchange.members["backup"]?.string.map { (text) throws(Problem) in try BackupID(text) }
        let content = try await exchange.port.export(
            of: id, backup: backup, key: exchange.members["key"]?.string ?? "", request: exchange.id, exchange.requester)
        var answer = Answer()
        answer.headers[.contentDisposition] = "attachment; filename=\"\(id).cloister-tenant\""
        answer.content = .stream(type: "application/octet-stream", length: Int(content.size)) { writer in
            var offset: Int64 = 0
            while offset < content.size {
                let bytes = try await content.read(offset, 1 << 18)
                guard !bytes.isEmpty else { throw Problem(.internalFault, "the export is shorter than it was") }
                try await writer.write(ByteBuffer(bytes: bytes))
                offset += Int64(bytes.count)
            }
            try await writer.finish(nil)
        }
        return answer
    }

    private static func receive(_ exchange: Exchange) async throws -> Answer {
        let begun = try await exchange.value("tenant/import-begin", ["size": .integer(exchange.length)])
        let handle = begun["import"]?.string ?? ""
        var digest = SHA256()
        for try await part in exchange.request.body {
            digest.update(data: Array(part.readableBytesView))
            let data = ByteBuffer(bytes: JSONValue.string(Self.base64(part)).bytes)
            _ = try await exchange.perform("tenant/import-append", ["import": .string(handle)], raw: ["data": data])
        }
        let name = BlobDigest(Array(digest.finalize())).hexadecimal
        try await exchange.once(name)
        return .json(["import": .string(handle), "size": .integer(exchange.length), "sha256": .string(name)], .created)
    }

    private static func base64(_ bytes: ByteBuffer) -> String { Data(bytes.readableBytesView).base64EncodedString() }
}
