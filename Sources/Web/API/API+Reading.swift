import Crypto
import HTTPTypes
import HummingbirdCore
import Model
import NIOCore
import Store
import Wire

extension API {
    /// The parameters of the path, the query and the headers, each as the route declares it; every fault at once.
    func read(_ route: Route, _ path: [String: String], _ target: Target, _ head: HTTPRequest) throws(Refusal) -> [String: JSONValue] {
        var values: [String: JSONValue] = [:]
        var faults: [Fault] = []
        var query = target.query
        for parameter in route.parameters {
            let text: String?
            switch parameter.place {
            case .path: text = path[parameter.name]
            case .query:
                text = query.first { $0.name == parameter.name }?.value
                query.removeAll { $0.name == parameter.name }
            case .header: text = HTTPField.Name(parameter.name).flatMap { head.headerFields[$0] }
            }
            guard let text else {
                let place: Fault.Place = parameter.place == .header ? .header(parameter.name) : .parameter(parameter.name)
                if parameter.isRequired { faults.append(Fault(place, "missing")) }
                continue
            }
            let (value, wrong) = parameter.read(text)
            values[parameter.name] = value
            faults += wrong
        }
        if !route.isLenient {
            faults += query.map { Fault(.parameter(String($0.name.prefix(80))), "unknown parameter") }
        }
        guard faults.isEmpty else {
            throw Refusal(.unprocessableContent, "invalidInput", "parameters of the request are wrong", faults: faults)
        }
        return values
    }

    /// Reads the body where it is to be read as a whole, and gives a digest of it.
    func readBody(of route: Route, into exchange: inout Exchange) async throws -> String? {
        let head = exchange.request.head
        guard head.headerFields[.contentEncoding].map({ $0.lowercased() == "identity" }) ?? true else {
            throw Refusal(.unsupportedMediaType, "unsupportedMediaType", "a body must not be encoded")
        }
        let length = head.headerFields[.contentLength].flatMap(Int64.init)
        switch route.body {
        case .none:
            guard try await collect(exchange.request, length, limit: 0, what: "this request takes no body").readableBytes == 0
            else { return nil }
            return ""
        case .json(let input):
            let bytes = try await collect(
                exchange.request, length, limit: limits.body.bytes, what: "the body is larger than \(limits.body)")
            try read(bytes, input, into: &exchange)
            return Self.digest(bytes.readableBytesView)
        case .scim:
            let bytes = try await collect(
                exchange.request, length, limit: limits.body.bytes, what: "the body is larger than \(limits.body)")
            guard let type = HeaderRules.mediaType(head), type == SCIM.mediaType || type == "application/json" else {
                throw Refusal(.unsupportedMediaType, "unsupportedMediaType", "the body must be \(SCIM.mediaType)")
            }
            guard let members = try? JSONValue.parse(Array(bytes.readableBytesView)).object else {
                throw Refusal(.badRequest, "malformedBody", "the body is not an object of JSON")
            }
            exchange.members = members
            return Self.digest(bytes.readableBytesView)
        case .form(let fields):
            let bytes = try await collect(exchange.request, length, limit: Self.formLimit, what: "the form is larger than \(Self.formLimit) bytes")
            try read(bytes, fields, into: &exchange)
            return nil
        case .message:
            exchange.message = try await collect(
                exchange.request, length, limit: Self.messageLimit.bytes, what: "the message is larger than \(Self.messageLimit)")
            return nil
        case .bytes(let type):
            guard let given = HeaderRules.mediaType(head), given == type || type == "*/*" || given == "application/octet-stream" else {
                throw Refusal(.unsupportedMediaType, "unsupportedMediaType", "the body must be \(type)")
            }
            guard let length else {
                throw Refusal(.lengthRequired, "lengthRequired", "the length of the body must be announced", hint: "send Content-Length")
            }
            guard length <= limits.upload.bytes else {
                throw Refusal(.contentTooLarge, "contentTooLarge", "the body is larger than \(limits.upload)")
            }
            exchange.length = length
            return nil
        }
    }

    private func collect(_ request: Request, _ length: Int64?, limit: Int64, what: String) async throws -> ByteBuffer {
        let refusal =
            limit == 0
            ? Refusal(.badRequest, "unexpectedBody", what) : Refusal(.contentTooLarge, "contentTooLarge", what)
        if let length, length > limit { throw refusal }
        do {
            return try await request.body.collect(upTo: Int(limit))
        } catch is NIOTooManyBytesError {
            throw refusal
        }
    }

    private func read(_ bytes: ByteBuffer, _ input: InputSchema, into exchange: inout Exchange) throws {
        guard bytes.readableBytes > 0 || input.isRequired else { return }
        guard HeaderRules.mediaType(exchange.request.head) == "application/json" else {
            throw Refusal(.unsupportedMediaType, "unsupportedMediaType", "the body must be application/json")
        }
        let split: MemberSplit
        do throws(Problem) {
            split = try MemberSplit(bytes, raw: input.raw)
        } catch {
            guard let cause = error.cause else { throw Refusal(error) }
            throw Refusal(.badRequest, "malformedBody", "the body is not JSON: \(cause)", faults: [Fault(.pointer(""), cause)])
        }
        let whole = JSONValue.object(split.values.merging(split.raw.mapValues { _ in JSONValue.null }) { $1 })
        let faults = input.check.violations(in: whole)
            .map { Fault(.pointer($0.pointer.description), $0.message, hint: $0.hint) }
        guard faults.isEmpty else {
            throw Refusal(.unprocessableContent, "invalidInput", "the body is not as it must be", faults: faults)
        }
        exchange.members = split.values
        exchange.raw = split.raw
    }

    /// Of a message for a workflow.
    static let messageLimit = ByteSize.mebibytes(1)
    private static let formLimit: Int64 = 16 << 10

    private func read(_ bytes: ByteBuffer, _ fields: [String], into exchange: inout Exchange) throws {
        guard HeaderRules.mediaType(exchange.request.head) == "application/x-www-form-urlencoded" else {
            throw Refusal(.unsupportedMediaType, "unsupportedMediaType", "the body must be application/x-www-form-urlencoded")
        }
        // Written as a query is, and read as strictly.
        for (name, value) in try Target("/?" + String(decoding: bytes.readableBytesView, as: UTF8.self)).query {
            guard fields.contains(name) else {
                throw Refusal(.unprocessableContent, "invalidInput", "the form has an unknown field")
            }
            exchange.members[name] = .string(value)
        }
    }

    static func digest(_ text: String) -> String { digest(text.utf8) }

    private static func digest(_ bytes: some Sequence<UInt8>) -> String {
        BlobDigest(Array(SHA256.hash(data: Array(bytes)))).hexadecimal
    }
}
