import HTTPTypes
import HummingbirdCore
import Model
import NIOCore

/// What a route answers.
struct Answer: Sendable {
    enum Content: Sendable {
        case none
        /// One JSON text as it goes out.
        case json(ByteBuffer)
        case text(String, type: String)
        /// Bytes that are made while they go out.
        case stream(type: String, length: Int?, @Sendable (inout any ResponseBodyWriter) async throws -> Void)
    }

    var status: HTTPResponse.Status = .ok
    var headers = HTTPFields()
    var content = Content.none

    static func json(_ bytes: ByteBuffer, _ status: HTTPResponse.Status = .ok) -> Answer {
        Answer(status: status, content: .json(bytes))
    }

    static func json(_ value: JSONValue, _ status: HTTPResponse.Status = .ok) -> Answer {
        json(ByteBuffer(bytes: value.bytes), status)
    }

    static let nothing = Answer(status: .noContent)

    var response: Response {
        var headers = headers
        let body: ResponseBody
        switch content {
        case .none: body = ResponseBody()
        case .json(let bytes):
            headers[.contentType] = headers[.contentType] ?? "application/json"
            body = ResponseBody(byteBuffer: bytes)
        case .text(let text, let type):
            headers[.contentType] = type
            body = ResponseBody(byteBuffer: ByteBuffer(string: text))
        case .stream(let type, let length, let write):
            headers[.contentType] = type
            body = ResponseBody(contentLength: length, write)
        }
        var response = Response(status: status, headers: headers, body: body)
        // RFC 9110 section 8.6: none in an answer without content.
        if status == .noContent || status == .notModified { response.headers[.contentLength] = nil }
        return response
    }
}

extension Answer {
    init(_ refusal: Refusal, request id: String) {
        self.init(status: refusal.status, headers: refusal.headers)
        headers[.contentType] = "application/problem+json"
        content = .json(ByteBuffer(bytes: refusal.document(request: id).bytes))
    }
}
